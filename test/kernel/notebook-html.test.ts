import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createCanvas } from 'canvas'
import { ansiToHtml } from '../../kernel/notebook/ansi.js'
import { parseNotebook } from '../../kernel/notebook/format.js'
import { notebookToHtml, type PageOptions } from '../../kernel/notebook/html.js'
import { renderMarkdown } from '../../kernel/notebook/markdown.js'
import { isInert } from '../../kernel/notebook/safe-html.js'
import { pageStyle } from '../../kernel/notebook/style.js'

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

  it('leaves no gap for an output that has become empty', () => {
    expect(main(page([code('work()', display({ 'text/plain': '' }))]))).to.not.include(
      'class="output',
    )
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

  it('names its language and begins with a heading', () => {
    expect(page([])).to.include('<html lang="en">')
    const metadata = { lang: 'de', title: 'Titel' }
    const notebook = parseNotebook(
      JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells: [text('## Zwei')] }),
    )
    expect(notebookToHtml(notebook)).to.include('<html lang="de">').and.include('<h1>Titel</h1>')
    expect(notebookToHtml(notebook, { language: 'fr' })).to.include('<html lang="fr">')
    expect(page([text('# One')]))
      .to.match(/<h1 id="one">/)
      .and.not.match(/<h1>/)
  })

  it('describes every picture, and lets the keyboard reach what scrolls', () => {
    const long = { output_type: 'stream', name: 'stdout', text: 'line\n'.repeat(100) }
    const short = { output_type: 'stream', name: 'stdout', text: 'line' }
    const html = page([
      code(
        '',
        display({ 'image/png': base64 }),
        display({ 'image/png': base64 }, { 'image/png': { alt: 'own' } }),
      ),
      code('long', long),
      code('short', short),
      text('| a |\n|---|'),
    ])
    expect(html).to.include('alt="Output of cell 3"').and.include('alt="own"')
    expect(
      html.match(/<pre tabindex="0" role="region" aria-label="Output of cell 3">/g),
    ).to.have.length(1)
    expect(html).to.include('<div class="scroll" tabindex="0"><table>')
  })

  it('runs scripts of outputs in a sandbox alone', () => {
    const chart =
      '<img src="data:image/png;base64,AA==" alt="still"><script>plot("</script>")</script>'
    const html = page([code('', display({ 'text/html': chart }))])
    const outside = html.replace(/srcdoc="[^"]*"/, '')
    expect(html).to.match(/<iframe sandbox="allow-scripts" title="Output of cell 3" srcdoc="/)
    expect(outside).not.to.include('plot').and.not.include('allow-same-origin')
    expect(page([code('1')])).not.to.include('<script')
  })

  it('has text of a contrast of 4.5 or more, in light and dark', () => {
    const style = pageStyle()
    const [light, dark] = [...style.matchAll(/:root \{([^}]*--page:[^}]*)\}/g)].map(
      ([, body = '']) =>
        new Map(
          [...body.matchAll(/--([\w-]+): (#[\da-f]{6})/g)].map(([, name, colour]) => [
            name!,
            colour!,
          ]),
        ),
    )
    for (const colours of [light!, dark!]) {
      const names = [...colours.keys()].filter((name) => /^(text|link|ansi-.*)$/.test(name))
      expect(names).to.have.length(10)
      for (const name of names)
        for (const ground of ['page', 'box', 'error', 'stderr'])
          expect(
            contrast(colours.get(name)!, colours.get(ground)!),
            `${name} on ${ground}`,
          ).to.be.above(4.5)
      expect(contrast(colours.get('faint')!, colours.get('page')!)).to.be.above(4.5)
    }
    const [day = '', night = ''] = style.slice(0, style.indexOf(':root')).split('@media')
    for (const [theme, colours] of [
      [day, light!],
      [night, dark!],
    ] as const) {
      const found = [...theme.matchAll(/[{;]color:(#[\da-f]{3,6})/g)].map(([, colour]) => colour!)
      expect(found).to.have.length.above(5)
      for (const colour of found) {
        const whole = colour.length === 4 ? colour.replace(/[\da-f]/g, '$&$&') : colour
        expect(contrast(whole, colours.get('box')!), whole).to.be.above(4.5)
      }
    }
  })

  it('leaves out raw cells and empty ones', () => {
    expect(page([{ cell_type: 'raw', metadata: {}, source: 'RAW' }, code('')])).not.to.match(
      /RAW|class="cell/,
    )
  })
})

/** As the Web Content Accessibility Guidelines define it: 1 to 21. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const value = parseInt(colour.slice(at, at + 2), 16) / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

describe('HTML of notebooks', () => {
  it('is inert where it holds nothing but text, tables and embedded pictures', () => {
    for (const html of [
      'a < b &amp; <b>bold</b><br/>',
      '<table border="1" class="dataframe"><tr><td style="text-align: right" colspan=2>1</td></tr></table>',
      '<img src="data:image/png;base64,AA==" alt="x">',
      '<a href="https://example.org/?a=1&amp;b=2">x</a><a href="other.html#part">y</a>',
      '<details open><summary>s</summary></details><progress value="1" max="2"></progress><!-- note -->',
    ])
      expect(isInert(html), html).to.equal(true)
  })

  it('is not inert where anything could run or load', () => {
    for (const html of [
      '<script>x</script>',
      '<SCRIPT/src=x>',
      '<img src=x onerror=alert(1)>',
      '<img/onerror=alert(1) src="data:image/png;base64,AA==">',
      '<b onclick="x">',
      '<b title="a>b" onclick="x">',
      '<a href="javascript:x">',
      '<a href="&#106;avascript:x">',
      '<a href=" javascript:x">',
      '<a href="java\nscript:x">',
      '<img src="https://example.org/a.png">',
      '<b style="background: url(https://example.org)">',
      '<b style="position: fixed">',
      '<b style="background: u\\72l(x)">',
      '<style>b {}</style>',
      '<svg><script>x</script></svg>',
      '<iframe src="x"></iframe>',
      '<form action="x">',
      '<!--><script>x</script>-->',
      '<!x><?y>',
      '<script',
    ])
      expect(isInert(html), html).to.equal(false)
  })

  it('in Markdown keeps its inert part', () => {
    const html = renderMarkdown(
      '<style>body { color: red }</style>\n\n<b>x</b> <img src="a.png" width="30" onload="y"> <span onclick="z">s</span>\n\n<script>alert(1)</script>\n\n<iframe src="https://example.org/film"></iframe>',
      { picture: () => 'data:image/png;base64,AA==' },
    )
    expect(html).to.include('<b>x</b> <img src="data:image/png;base64,AA==" width="30" alt="">')
    expect(html).to.include('&lt;span onclick=&quot;z&quot;&gt;')
    expect(html).to.include('<a href="https://example.org/film">')
    expect(html).not.to.match(/alert|color: red|<iframe|onload/)
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
