/** Notebooks without a screen: nbclient, and nbconvert, which runs them by it. */
import { expect } from 'chai'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Jupyter, lectureNames, lectures } from './jupyter.js'
import { needs } from './machine.js'

describe('nbclient and nbconvert', () => {
  needs(['jupyter_client', 'nbclient', 'nbconvert'])
  let jupyter: Jupyter
  let names: string[]
  before(async () => {
    jupyter = await Jupyter.create()
    names = await lectureNames()
  })
  after(() => jupyter?.remove())

  const copyLectures = () =>
    Promise.all(names.map((name) => copyFile(join(lectures, name), join(jupyter.folder, name))))
  const nbconvert = (of: string[], ...args: string[]) =>
    jupyter.python(['-m', 'nbconvert', ...args, ...of], { timeout: 550_000 })
  /** How many pictures stand in a lecture, of which nothing may have failed. */
  const pictures = async (name: string) => {
    const outputs = (await jupyter.codeCells(name)).flatMap((cell) => cell.outputs)
    const failed = outputs.filter(({ output_type }) => output_type === 'error')
    expect(failed, name).to.deep.equal([])
    const shown = outputs.flatMap(({ data }) => (data?.['image/png'] ? [data] : []))
    for (const data of shown) {
      expect(data).to.have.property('text/plain')
      // HTML wins over a picture: an interactive chart alone has it, with the picture inside.
      if ('text/html' in data)
        expect([data['text/html']].flat().join('')).to.include('<img src="data:image/png;base64,')
    }
    return shown.length
  }

  it('nbclient executes a lecture', async () => {
    await copyLectures()
    const script = fileURLToPath(new URL('execute.py', import.meta.url))
    const [name] = names
    await jupyter.python([script, name!], { timeout: 250_000 })
    expect(await pictures(name!), name).to.be.above(0)
  })

  it('nbconvert executes every lecture, by nbclient', async function () {
    this.timeout(600_000)
    await copyLectures()
    // Two at a time: one waits for its kernel while the other computes.
    const halves = [0, 1].map((half) => names.filter((_, i) => i % 2 === half))
    await Promise.all(halves.map((half) => nbconvert(half, '--execute', '--inplace')))
    for (const name of names) expect(await pictures(name), name).to.be.above(0)
  })

  it('nbconvert makes pages of them, with their pictures', async () => {
    const some = [names[0]!, names[3]!]
    await nbconvert(some, '--to', 'html')
    for (const name of some) {
      const page = await readFile(join(jupyter.folder, name.replace('.ipynb', '.html')), 'utf8')
      const outputs = (await jupyter.codeCells(name)).flatMap((cell) => cell.outputs)
      let checked = 0
      for (const { data } of outputs) {
        const png = data?.['image/png']
        if (typeof png !== 'string' || data?.['text/html']) continue
        const shown = page.includes(`src="data:image/png;base64,${png.replace(/\s/g, '')}`)
        expect(shown, name).to.equal(true)
        checked++
      }
      expect(checked, name).to.be.above(0)
    }
  })

  it('nbconvert makes scripts of them, which are called .ts', async () => {
    await nbconvert(names.slice(0, 1), '--to', 'script')
    const script = await readFile(join(jupyter.folder, names[0]!.replace('.ipynb', '.ts')), 'utf8')
    expect(script).to.include('viz(net).on(image).gradcam()')
  })
})
