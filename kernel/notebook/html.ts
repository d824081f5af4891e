/** A notebook as one self-contained HTML page, which loads nothing from anywhere. */
import { readFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import type { Json } from '../protocol.js'
import { ansiToHtml } from './ansi.js'
import { escapeHtml } from './escape.js'
import type { Cell, CodeCell, DisplayOutput, Notebook, Output } from './format.js'
import { isObject } from './format.js'
import { highlightCode } from './highlight.js'
import { renderMarkdown, type Heading } from './markdown.js'
import { formula } from './math.js'
import { pageStyle } from './style.js'

export interface PageOptions {
  /** The notebook's folder, from which pictures in the text are embedded. Default: the current one. */
  folder?: string
  /** The title where the notebook has no heading. Default 'Notebook'. */
  title?: string
}

/**
 * Renders a notebook with its outputs to an HTML page: formulas as MathML, code highlighted,
 * terminal colours kept, pictures as data URIs. HTML in text and outputs is taken over as it is:
 * the page is a report on a run of the user's own.
 *
 * @example await writeFile('report.html', notebookToHtml(await readNotebook('lecture.ipynb')))
 */
export function notebookToHtml(notebook: Notebook, options: PageOptions = {}): string {
  const { folder = '.', title = 'Notebook' } = options
  const headings: Heading[] = []
  const language = languageOf(notebook)
  const [opening = '', ...cells] = notebook.cells.map((cell) =>
    cell.cell_type === 'code' ? codeCell(cell, language) : textCell(cell, headings, folder),
  )
  const sections = [opening, tableOfContents(headings), ...cells]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Fovea">
<title>${escapeHtml(headings[0]?.text ?? title)}</title>
<style>
${pageStyle()}</style>
</head>
<body>
<main>
${sections.filter((section) => section !== '').join('\n')}
</main>
</body>
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
    ...cell.outputs.map(outputToHtml),
    '</section>',
  ].join('\n')
}

function languageOf({ metadata: { language_info: info, kernelspec: spec } }: Notebook): string {
  const name = isObject(info) ? info.name : isObject(spec) ? spec.language : undefined
  return typeof name === 'string' ? name : 'typescript'
}

/** The headings below the title, down to the third level, when there are at least three. */
function tableOfContents(headings: Heading[]): string {
  const listed = headings.slice(1).filter((heading) => heading.level <= 3)
  if (headings.length < 3 || listed.length === 0) return ''
  const items = listed.map(
    ({ id, html, level }) => `<li class="level-${level}"><a href="#${id}">${html}</a></li>`,
  )
  return `<nav class="contents" aria-label="Contents">\n<ul>\n${items.join('\n')}\n</ul>\n</nav>`
}

// Outputs ---------------------------------------------------------------------------------------

function outputToHtml(output: Output): string {
  switch (output.output_type) {
    case 'stream':
      return box(`stream ${output.name}`, `<pre>${ansiToHtml(output.text)}</pre>`)
    case 'error': {
      const { ename, evalue, traceback } = output
      const text = traceback.length > 0 ? traceback.join('\n') : `${ename}: ${evalue}`
      return box('error', `<pre>${ansiToHtml(text)}</pre>`)
    }
    default:
      return displayToHtml(output)
  }
}

/** Shows the richest representation that a page can hold, in the order that Jupyter prefers. */
function displayToHtml(output: DisplayOutput): string {
  for (const [mime, render] of renderers) {
    const content = output.data[mime]
    if (content === undefined) continue
    const html = render(typeof content === 'string' ? content : JSON.stringify(content), output)
    return box(mime.replace(/[^a-z]+/g, '-'), html)
  }
  const types = Object.keys(output.data).join(', ')
  return types === ''
    ? ''
    : box('text-plain', `<pre>${escapeHtml(`(an output of type ${types})`)}</pre>`)
}

type Renderer = (content: string, output: DisplayOutput) => string

const renderers: [mime: string, render: Renderer][] = [
  ['text/html', (html) => html],
  ['text/markdown', (text) => renderMarkdown(text)],
  ['image/svg+xml', (svg, output) => picture('image/svg+xml', toBase64(svg), output)],
  ['text/latex', (tex) => formula(tex.trim().replace(/^\$+|\$+$/g, ''), true)],
  ...['image/png', 'image/jpeg', 'image/webp', 'image/gif'].map((mime): [string, Renderer] => [
    mime,
    (base64, output) => picture(mime, base64.replace(/\s/g, ''), output),
  ]),
  ['text/plain', (text) => `<pre>${ansiToHtml(text)}</pre>`],
  ['application/json', (json) => `<pre>${highlightCode(json, 'json')}</pre>`],
]

function box(kind: string, html: string): string {
  return `<div class="output ${kind}">${html}</div>`
}

/** A picture with the size that its metadata gives, described by the plain text beside it. */
function picture(mime: string, base64: string, { data, metadata }: DisplayOutput): string {
  const size = metadata[mime]
  const { width, height } = isObject(size) ? size : {}
  const plain = data['text/plain']
  const attributes = [
    `src="data:${mime};base64,${base64}"`,
    `alt="${typeof plain === 'string' ? escapeHtml(plain.trim()) : ''}"`,
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
