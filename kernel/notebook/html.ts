/** A notebook as one self-contained HTML page, which loads nothing from anywhere. */
import { readFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import type { Json } from '../protocol.js'
import { ansiToHtml } from './ansi.js'
import { escapeHtml } from './escape.js'
import type { Cell, CodeCell, DisplayOutput, Notebook, Output } from './format.js'
import { isObject } from './format.js'
import { frame, frameScript } from './frame.js'
import { highlightCode } from './highlight.js'
import { renderMarkdown, type Heading } from './markdown.js'
import { formula } from './math.js'
import { isInert } from './safe-html.js'
import { pageStyle } from './style.js'

export interface PageOptions {
  /** The notebook's folder, from which pictures in the text are embedded. Default: the current one. */
  folder?: string
  /** The title where the notebook has no heading. Default 'Notebook'. */
  title?: string
  /** The language of the text, as in HTML: 'de'. Default: the notebook's metadata `lang`, else 'en'. */
  language?: string
}

/**
 * Renders a notebook with its outputs to an HTML page: formulas as MathML, code highlighted,
 * terminal colours kept, pictures as data URIs with alternative texts. HTML in outputs stands in the
 * page where it is inert, and in a sandboxed frame where it holds scripts or style sheets.
 *
 * The notebook's metadata may hold `title` and `lang`.
 *
 * @example await writeFile('report.html', notebookToHtml(await readNotebook('lecture.ipynb')))
 */
export function notebookToHtml(notebook: Notebook, options: PageOptions = {}): string {
  const { folder = '.', title = 'Notebook' } = options
  const headings: Heading[] = []
  const highlighting = languageOf(notebook)
  const [opening = '', ...cells] = notebook.cells.map((cell) =>
    cell.cell_type === 'code' ? codeCell(cell, highlighting) : textCell(cell, headings, folder),
  )
  const { lang, title: ownTitle } = notebook.metadata
  const pageTitle = typeof ownTitle === 'string' ? ownTitle : (headings[0]?.text ?? title)
  // Every page has one heading above all others, by which it can be found.
  const heading = headings.some(({ level }) => level === 1)
    ? ''
    : `<h1>${escapeHtml(pageTitle)}</h1>`
  const sections = [heading, opening, tableOfContents(headings), ...cells]
  const main = sections.filter((section) => section !== '').join('\n')
  const language = options.language ?? (typeof lang === 'string' ? lang : 'en')
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Fovea">
<title>${escapeHtml(pageTitle)}</title>
<style>
${pageStyle()}</style>
</head>
<body>
<main>
${main}
</main>
${main.includes('<iframe sandbox') ? `${frameScript}\n` : ''}</body>
</html>
`
}

// Cells -----------------------------------------------------------------------------------------

function textCell(cell: Exclude<Cell, CodeCell>, headings: Heading[], folder: string): string {
  if (cell.cell_type === 'raw') return '' // meant for other converters
  const picture = (source: string) => attachedPicture(cell, source) ?? localPicture(folder, source)
  const text = renderMarkdown(cell.source, { headings, picture })
  return text === '' ? '' : `<section class="cell text">\n${text}</section>`
}

function codeCell(cell: CodeCell, language: string): string {
  if (cell.source.trim() === '' && cell.outputs.length === 0) return ''
  const count =
    cell.execution_count === null ? '' : `<span class="count">[${cell.execution_count}]</span>`
  const code = highlightCode(cell.source, language)
  return [
    '<section class="cell code">',
    `<div class="input">${count}<pre><code>${code}</code></pre></div>`,
    ...cell.outputs.map((output) => outputToHtml(output, outputName(cell))),
    '</section>',
  ].join('\n')
}

/** What an output is called where it says nothing of itself. */
function outputName({ execution_count: count }: CodeCell): string {
  return count === null ? 'Output' : `Output of cell ${count}`
}

function languageOf({ metadata: { language_info: info, kernelspec: spec } }: Notebook): string {
  const name = isObject(info) ? info.name : isObject(spec) ? spec.language : undefined
  return typeof name === 'string' ? name : 'typescript'
}

/** The headings below the title, down to the third level, when there are at least three headings. */
function tableOfContents(headings: Heading[]): string {
  const listed = headings
    .slice(headings[0]?.level === 1 ? 1 : 0)
    .filter((heading) => heading.level <= 3)
  if (headings.length < 3 || listed.length === 0) return ''
  const items = listed.map(
    ({ id, html, level }) => `<li class="level-${level}"><a href="#${id}">${html}</a></li>`,
  )
  return `<nav class="contents" aria-label="Contents">\n<ul>\n${items.join('\n')}\n</ul>\n</nav>`
}

// Outputs ---------------------------------------------------------------------------------------

function outputToHtml(output: Output, name: string): string {
  switch (output.output_type) {
    case 'stream':
      return box(`stream ${output.name}`, scrolling(output.text, name))
    case 'error': {
      const { ename, evalue, traceback } = output
      const text = traceback.length > 0 ? traceback.join('\n') : `${ename}: ${evalue}`
      return box('error', scrolling(text, name))
    }
    default:
      return displayToHtml(output, name)
  }
}

/** Shows the richest representation that a page can hold, in the order that Jupyter prefers. */
function displayToHtml(output: DisplayOutput, name: string): string {
  for (const [mime, render] of renderers) {
    const content = output.data[mime]
    if (content === undefined) continue
    if (content === '') return '' // a progress bar that has gone
    const html = render(
      typeof content === 'string' ? content : JSON.stringify(content),
      output,
      name,
    )
    return box(mime.replace(/[^a-z]+/g, '-'), html)
  }
  const types = Object.keys(output.data).join(', ')
  return types === ''
    ? ''
    : box('text-plain', `<pre>${escapeHtml(`(an output of type ${types})`)}</pre>`)
}

type Renderer = (content: string, output: DisplayOutput, name: string) => string

const renderers: [mime: string, render: Renderer][] = [
  ['text/html', (html, _, name) => (isInert(html) ? html : frame(html, name))],
  ['text/markdown', (text) => renderMarkdown(text)],
  ['image/svg+xml', (svg, output, name) => picture('image/svg+xml', toBase64(svg), output, name)],
  ['text/latex', (tex) => formula(tex.trim().replace(/^\$+|\$+$/g, ''), true)],
  ...['image/png', 'image/jpeg', 'image/webp', 'image/gif'].map((mime): [string, Renderer] => [
    mime,
    (base64, output, name) => picture(mime, base64.replace(/\s/g, ''), output, name),
  ]),
  ['text/plain', (text, _, name) => scrolling(text, name)],
  ['application/json', (json) => `<pre>${highlightCode(json, 'json')}</pre>`],
]

function box(kind: string, html: string): string {
  return `<div class="output ${kind}">${html}</div>`
}

/** Lines that fit without scrolling; the style sheet's `max-height` holds as many. */
const LINES = 24

/** Text that scrolls where it is long; the keyboard reaches it then. */
function scrolling(text: string, name: string): string {
  const isLong = text.split('\n').length > LINES || text.length > LINES * 80
  const focus = isLong ? ` tabindex="0" role="region" aria-label="${escapeHtml(name)}"` : ''
  return `<pre${focus}>${ansiToHtml(text)}</pre>`
}

/**
 * A picture with the size that its metadata gives, described by its metadata's `alt`, else by the plain
 * text beside it.
 */
function picture(
  mime: string,
  base64: string,
  { data, metadata }: DisplayOutput,
  name: string,
): string {
  const own = metadata[mime]
  const { width, height, alt } = isObject(own) ? own : {}
  const described = [alt, metadata.alt, data['text/plain']].find(
    (text): text is string => typeof text === 'string' && text.trim() !== '',
  )
  const attributes = [
    `src="data:${mime};base64,${base64}"`,
    `alt="${escapeHtml((described ?? name).trim())}"`,
    ...sizeAttribute('width', width),
    ...sizeAttribute('height', height),
  ]
  return `<img ${attributes.join(' ')}>`
}

function sizeAttribute(name: string, pixels: Json | undefined): string[] {
  return typeof pixels === 'number' ? [`${name}="${Math.round(pixels)}"`] : []
}

// Pictures in the text --------------------------------------------------------------------------

/** `attachment:name.png`: a picture that is kept inside the cell. */
function attachedPicture(cell: Cell, source: string): string | undefined {
  if (cell.cell_type === 'code' || !source.startsWith('attachment:')) return undefined
  const bundle = cell.attachments?.[decodeURIComponent(source.slice('attachment:'.length))]
  const [mime, base64] = isObject(bundle) ? (Object.entries(bundle)[0] ?? []) : []
  return mime && typeof base64 === 'string' ? `data:${mime};base64,${base64}` : undefined
}

function localPicture(folder: string, source: string): string | undefined {
  const mime = pictureTypes[extname(source).toLowerCase()]
  if (mime === undefined || /^[a-z][a-z\d+.-]*:/i.test(source)) return undefined
  try {
    const bytes = readFileSync(resolve(folder, decodeURIComponent(source)))
    return `data:${mime};base64,${bytes.toString('base64')}`
  } catch {
    return undefined // the page then shows a link in its place
  }
}

const pictureTypes: Record<string, string> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.svg': 'image/svg+xml',
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64')
}
