import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createCanvas } from 'canvas'
import { ansiToHtml } from '../../kernel/notebook/ansi.js'
import { parseNotebook } from '../../kernel/notebook/format.js'
import { notebookToHtml, type PageOptions } from '../../kernel/notebook/html.js'
import { renderMarkdown } from '../../kernel/notebook/markdown.js'

const png = createCanvas(4, 2).toBuffer('image/png')
const base64 = png.toString('base64')

const text = (source: string, more: object = {}) => ({
  cell_type: 'markdown',
  metadata: {},
  source,
  ...more,
})
const code = (source: string, ...outputs: object[]) => ({
  cell_type: 'code',
  metadata: {},
  source,
  execution_count: 3,
  outputs,
})
const display = (data: object, metadata: object = {}) => ({
  output_type: 'display_data',
  data,
  metadata,
})

function page(cells: object[], options?: PageOptions): string {
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells }
  return notebookToHtml(parseNotebook(JSON.stringify(notebook)), options)
}

const main = (html: string) => html.slice(html.indexOf('<main>'))

describe('notebook page', () => {
  it('is one document that loads nothing', () => {
    const html = page([
      text('# On $x^2$ & *more*\n\n![far](https://example.org/a.png)\n\n$$\\frac{1}{2}$$'),
      code('const a = 1 < 2', display({ 'image/png': base64, 'text/plain': 'a picture' })),
    ])
    expect(html).to.match(/^<!doctype html>/)
    expect(html).to.include('<title>On x^2 &amp; more</title>')
    expect(html).not.to.match(/<script|<link|@import|url\(|src="(?!data:)/)
    expect(html).to.include('<a href="https://example.org/a.png">far</a>')
  })

  it('takes its title from the options where there is no heading', () => {
    expect(page([code('1')], { title: 'a < b' })).to.include('<title>a &lt; b</title>')
  })

  it('highlights code and shows its number', () => {
    const html = main(page([code('const a = "<b>"')]))
    expect(html).to.include('<span class="count">[3]</span>')
    expect(html).to.include('<span class="hljs-keyword">const</span> a = ')
    expect(html).to.include('&lt;b&gt;').and.not.include('<b>')
  })

  it('lists the headings from three on, each with an anchor of its own', () => {
    const two = page([text('# A\n\n## B')])
    expect(two).not.to.include('<nav')
    const html = page([
      text('# A'),
      text('## What is *it*?'),
      text('## What is it?'),
      text('#### D'),
    ])
    expect(html).to.include('<a href="#what-is-it">What is <em>it</em>?</a>')
    expect(html).to.include('<a href="#what-is-it-2">What is it?</a>')
    expect(html).to.include('<h2 id="what-is-it-2">').and.not.include('href="#d"')
  })

  it('shows the richest representation alone', () => {
    const noHtml = { 'text/plain': 'P', 'text/markdown': '*M*' }
    const all = { ...noHtml, 'text/html': '<b>H</b>' }
    expect(main(page([code('', display(all))])))
      .to.include('<b>H</b>')
      .and.not.match(/P<|<em>M/)
    expect(main(page([code('', display(noHtml))]))).to.include('<em>M</em>')
    const chart = { 'application/vnd.vegalite.v5+json': {}, 'image/png': base64, 'text/plain': 'P' }
    expect(main(page([code('', display(chart))])))
      .to.include('<img ')
      .and.not.include('<pre>P')
    const unknown = { 'application/x-unknown': 'U' }
    expect(main(page([code('', display(unknown))]))).to.include('application/x-unknown')
  })

  it('gives a picture its size and describes it by the plain text', () => {
    const output = display(
      { 'image/png': `${base64}\n`, 'text/plain': 'saliency of "wolf"' },
      { 'image/png': { width: 640, height: 240 } },
    )
    expect(page([code('', output)])).to.include(
      `<img src="data:image/png;base64,${base64}" alt="saliency of &quot;wolf&quot;" width="640" height="240">`,
    )
  })

  it('embeds pictures of the text: attached ones and files beside the notebook', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fovea-test-'))
    try {
      await writeFile(join(folder, 'a dot.png'), png)
      const attachments = { 'x.png': { 'image/png': base64 } }
      const source = '![one](attachment:x.png) ![two](a%20dot.png) ![three](none.png)'
      const html = page([text(source, { attachments })], { folder })
      expect(html).to.include(`<img src="data:image/png;base64,${base64}" alt="one">`)
      expect(html).to.include(`<img src="data:image/png;base64,${base64}" alt="two">`)
      expect(html).to.include('<a href="none.png">three</a>')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('shows streams and tracebacks in their colours', () => {
    const traceback = ['\x1b[31mTypeError: <no>\x1b[39m', '    at Cell[3].ts:1:6']
    const html = page([
      code(
        'f()',
        { output_type: 'stream', name: 'stderr', text: 'a \x1b[1;33mwarning\x1b[0m' },
        { output_type: 'error', ename: 'TypeError', evalue: '<no>', traceback },
        { output_type: 'error', ename: 'E', evalue: 'no traceback', traceback: [] },
      ),
    ])
    expect(html).to.match(/<div class="output stream stderr"><pre>a <span [^>]*ansi-yellow-fg/)
    expect(html).to.include(
      '<span class="ansi-red-fg">TypeError: &lt;no&gt;</span>\n    at Cell[3]',
    )
    expect(html).to.include('<pre>E: no traceback</pre>')
    expect(html).not.to.include('\x1b')
  })

  it('leaves out raw cells and empty ones', () => {
    expect(page([{ cell_type: 'raw', metadata: {}, source: 'RAW' }, code('')])).not.to.match(
      /RAW|class="cell/,
    )
  })
})

describe('markdown', () => {
  /** The TeX that KaTeX keeps beside each formula, so the text that was taken as one. */
  const formulas = (source: string) =>
    [...renderMarkdown(source).matchAll(/<annotation[^>]*>([^<]*)</g)].map(([, tex]) => tex)

  it('renders formulas to MathML, in lines and displayed', () => {
    const html = renderMarkdown('a $w_i$ b\n\n$$\nM = w\n$$')
    expect(html).to.include('<msub><mi>w</mi><mi>i</mi></msub>')
    expect(html).to.match(/<span class="formula"><span class="katex"><math [^>]*display="block"/)
  })

  it('finds what is a formula and what is not', () => {
    expect(formulas('$a*b*c$ and $\\$5$')).to.deep.equal(['a*b*c', '\\$5'])
    expect(formulas('from $5 to $10, \\$x\\$ and `$y$` and $ z $')).to.deep.equal([])
    expect(formulas('so $$x^2$$ here')).to.deep.equal(['x^2'])
    expect(formulas('> $$ x\n> y $$')).to.deep.equal(['x\ny'])
    expect(formulas('- a\n\n  $$ x $$')).to.deep.equal(['x'])
    expect(formulas('\\begin{align}\na &= b\n\\end{align}')[0]).to.include('a &amp;= b')
    expect(formulas('$$ never closed\n\nnext')).to.deep.equal([])
    expect(formulas('```\n$$x$$\n```')).to.deep.equal([])
  })

  it('spells alphabets as Unicode letters, since browsers ignore mathvariant', () => {
    const html = renderMarkdown('$\\mathbb{R}\\mathbf{w1}\\mathcal{L}\\boldsymbol{\\alpha}$')
    const mathml = html.replace(/<annotation.*?<\/annotation>/, '')
    expect(mathml.replace(/<[^>]*>/g, '').trim()).to.equal('ℝ𝐰𝟏ℒ𝜶')
    expect(mathml).not.to.include('mathvariant')
  })

  it('shows a broken formula as it was written, and goes on', () => {
    const html = renderMarkdown('bad $\\frac{1}$ good')
    expect(html).to.include('katex-error').and.include('\\frac{1}').and.include(' good')
  })

  it('renders tables and details', () => {
    const html = renderMarkdown('| a |\n|---|\n| 1 |\n\n<details>\n\n**hint**\n\n</details>')
    expect(html).to.match(/<table>[^]*<td>1<\/td>[^]*<details>\n<p><strong>hint/)
  })
})

describe('ansiToHtml', () => {
  it('lets a carriage return overwrite, as a terminal does', () => {
    expect(ansiToHtml(' 10 % ##\r100 % ####\r\nnext\r')).to.equal('100 % ####\nnext')
    expect(ansiToHtml('long line\rshort')).to.equal('shortline')
    expect(ansiToHtml('\x1b[32mold text\x1b[0m\r\x1b[32mnew\x1b[0m')).to.match(/>new<\/span>$/)
  })

  it('drops what moves the cursor and escapes the rest', () => {
    expect(ansiToHtml('a\x1b[2K\x1b[1A<b>&')).to.equal('a&lt;b&gt;&amp;')
  })
})
