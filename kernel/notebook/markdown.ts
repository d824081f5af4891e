/** Markdown of a notebook to HTML: CommonMark with tables, formulas and highlighted code. */
import MarkdownIt, { type Env } from 'markdown-it'
import { escapeHtml } from './escape.js'
import { highlightCode } from './highlight.js'
import { math } from './math.js'
import { inertPart } from './safe-html.js'

export interface Heading {
  /** 1 to 6. */
  level: number
  /** The anchor, unique in the page. */
  id: string
  /** The heading without markup. */
  text: string
  /** The heading as HTML, formulas included. */
  html: string
}

export interface MarkdownContext extends Env {
  /** Collects the headings, which then get anchors. Default: headings have none. */
  headings?: Heading[]
  /** The data URI of a picture, or undefined when it cannot be embedded. Default: embeds none. */
  picture?: (source: string) => string | undefined
}

/**
 * Renders Markdown to HTML. Of HTML within it the inert part is kept, as in Jupyter. A picture that
 * cannot be embedded becomes a link to it: the page itself loads nothing.
 *
 * @example renderMarkdown('The score $S_c$ of class *c*.')
 */
export function renderMarkdown(source: string, context: MarkdownContext = {}): string {
  return markdown.render(source, context)
}

const markdown = new MarkdownIt({ html: true, linkify: true, highlight: highlightCode }).use(math)
const { rules } = markdown.renderer

markdown.core.ruler.push('headings', ({ tokens, env }) => {
  const { headings } = env as MarkdownContext
  if (!headings) return
  tokens.forEach((token, i) => {
    if (token.type !== 'heading_open') return
    const children = tokens[i + 1]?.children ?? []
    const text = children.map((child) => child.content).join('')
    const unlinked = children.filter((child) => !child.type.startsWith('link_'))
    const html = markdown.renderer.render(unlinked, markdown.options, {})
    const id = uniqueId(text, headings)
    token.attrSet('id', id)
    headings.push({ level: Number(token.tag.slice(1)), id, text, html })
  })
})

rules.image = (tokens, i, options, env, renderer) => {
  const token = tokens[i]!
  const source = String(token.attrGet('src'))
  const data = source.startsWith('data:') ? source : (env as MarkdownContext).picture?.(source)
  const alt = renderer.renderInlineAsText(token.children ?? [], options, env)
  if (data === undefined) return `<a href="${escapeHtml(source)}">${escapeHtml(alt || source)}</a>`
  token.attrSet('src', data)
  token.attrSet('alt', alt)
  return renderer.renderToken(tokens, i, options)
}

for (const rule of ['html_block', 'html_inline'] as const)
  rules[rule] = (tokens, i, _options, env) =>
    inertPart(tokens[i]!.content, (env as MarkdownContext).picture)

// A wide table scrolls in its own box, not the page; the keyboard reaches it.
rules.table_open = () => '<div class="scroll" tabindex="0"><table>'
rules.table_close = () => '</table></div>'

/** "What is a layer?" becomes what-is-a-layer; a second one what-is-a-layer-2. */
function uniqueId(text: string, taken: Heading[]): string {
  const slug =
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '') || 'section'
  let id = slug
  for (let n = 2; taken.some((heading) => heading.id === id); n++) id = `${slug}-${n}`
  return id
}
