/** JupyterLab 4: its own renderers, output areas and connection, on Debian's jupyter-server. */
import { expect } from 'chai'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { expectPictures, newPage, pictures, screenshot, startBrowser } from './browser.js'
import * as cells from './cells.js'
import { Jupyter, lectureNames, lectures, notebook, type Server } from './jupyter.js'
import { buildLabPage } from './lab/build.js'
import type {} from './lab/page.js' // declares window.lab
import { needs } from './machine.js'

describe('JupyterLab 4', () => {
  needs(['jupyter_server'], { browser: true })
  let jupyter: Jupyter
  let server: Server
  let browser: Browser
  let page: Page

  before(async () => {
    jupyter = await Jupyter.create()
    const statics = join(jupyter.folder, 'statics')
    await mkdir(statics)
    await buildLabPage(statics)
    const settings = [`--ServerApp.extra_static_paths=["${statics}"]`]
    server = await jupyter.serve('jupyter_server', settings)
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await jupyter?.remove()
  })
  beforeEach(async () => (page = await newPage(browser)))
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await screenshot(page, 'lab-failure')
    await page.context().close()
  })

  const open = async (name: string, theme = 'light') => {
    await page.goto(`${server.url}static/index.html?theme=${theme}`)
    await page.evaluate(
      async ([name, token]) => void (window.lab = await window.LabPage.open(name, token)),
      [name, server.token] as const,
    )
  }
  const outputs = () => page.locator('.jp-OutputArea')
  const output = (index: number) => outputs().nth(index)
  const run = (index: number) => page.evaluate((i) => window.lab.run(i), index)
  const save = () => page.evaluate(() => window.lab.save())
  const trusted = () => page.evaluate(() => window.lab.trusted)

  it('runs a lecture, and shows its saved pictures again, trusted and not', async () => {
    const [name] = await lectureNames()
    await copyFile(join(lectures, name!), join(jupyter.folder, name!))
    await open(name!)
    const statuses = await page.evaluate(() => window.lab.runAll())
    expect(statuses).to.satisfy((all: string[]) => all.every((status) => status === 'ok'))
    const shown = await pictures(outputs())
    expectPictures(shown, name!)
    await screenshot(page, 'lab-lecture')

    await save()
    const saved = (await jupyter.codeCells(name!)).flatMap((cell) => cell.outputs)
    expect(shown).to.have.length(saved.filter(({ data }) => data?.['image/png']).length)
    await open(name!, 'dark')
    expect(await trusted()).to.equal(true)
    expect(await pictures(outputs()), 'reloaded').to.deep.equal(shown)
    await screenshot(page, 'lab-lecture-dark')

    await jupyter.tamper(name!, '# ', '# From elsewhere: ')
    await open(name!)
    expect(await trusted()).to.equal(false)
    expect(await pictures(outputs()), 'untrusted').to.deep.equal(shown)
  })

  it('presses buttons, answers a question, draws charts, and shows work go on', async () => {
    const sources = [
      cells.counterTarget,
      cells.interactivePage,
      "await input('Who? ')",
      cells.chart,
      cells.plainPage,
      cells.work,
      cells.streams,
      cells.failure,
    ]
    await writeFile(join(jupyter.folder, 'cells.ipynb'), notebook(sources))
    await open('cells.ipynb')
    expect(await run(0)).to.equal('ok')
    await page.evaluate(() => window.lab.addCommButton('counter'))
    for (const count of [2, 4]) {
      await page.click('#comm')
      await page.locator('#comm').getByText(`${count}`).waitFor()
    }

    await run(1)
    await page.click('#press')
    expect(await page.locator('#press').innerText()).to.equal('pressed')

    const asked = run(2)
    await output(2).locator('input').fill('Ada')
    await output(2).locator('input').press('Enter')
    expect(await asked).to.equal('ok')
    await run(3)
    const worked = run(4).then(() => run(5))
    await output(5).locator('progress').waitFor()
    await worked
    await run(6)
    expect(await run(7)).to.equal('error')

    const check = async ({ scripts }: { scripts: boolean }) => {
      expect(await output(1).locator('script').count(), 'scripts').to.equal(scripts ? 1 : 0)
      expectPictures(await pictures(output(1)), 'an interactive page')
      expect(await output(2).innerText()).to.include("'Ada'")
      await output(3).locator('canvas.marks').waitFor()
      expect(await output(3).locator('img').count(), 'pictures beside the chart').to.equal(0)
      expect(await output(4).locator('td').allInnerTexts()).to.deep.equal(['wolf', '0.9'])
      expect(await output(4).locator('details, progress').count()).to.equal(2)
      expect(await output(5).innerText()).to.match(/✓ Looking[^]*'after'/)
      expect(await output(6).innerText()).to.match(/plain\s+red\s+aside/)
      expect(await output(6).locator('.ansi-red-fg').innerText()).to.equal('red')
      expect(await output(7).innerText()).to.match(/RangeError: too far[^]*2/)
    }
    await check({ scripts: true })
    await screenshot(page, 'lab-cells')
    await save()
    await open('cells.ipynb', 'dark')
    expect(await trusted()).to.equal(true)
    await check({ scripts: true })
    await screenshot(page, 'lab-cells-dark')

    await jupyter.tamper('cells.ipynb', 'let count = 0', 'let count = 1')
    await open('cells.ipynb')
    expect(await trusted()).to.equal(false)
    await check({ scripts: false })
    await screenshot(page, 'lab-cells-untrusted')
  })

  it('interrupts a cell, goes on, and restarts', async () => {
    const sources = [
      'const kept = 5',
      "console.log('begun'); while (true) {}",
      'kept',
      "console.log('begun'); await new Promise(() => {})",
    ]
    await writeFile(join(jupyter.folder, 'interrupt.ipynb'), notebook(sources))
    await open('interrupt.ipynb')
    expect(await run(0)).to.equal('ok')
    for (const endless of [1, 3]) {
      const cut = run(endless)
      await output(endless).getByText('begun').waitFor()
      await page.evaluate(() => window.lab.interrupt())
      expect(await cut).to.equal('error')
      expect(await output(endless).innerText()).to.include('KeyboardInterrupt')
      expect(await run(2)).to.equal('ok')
      expect(await output(2).innerText()).to.include('5')
    }
    await page.evaluate(() => window.lab.restart())
    expect(await run(2)).to.equal('error')
    expect(await output(2).innerText()).to.include("Cannot find name 'kept'")
  })
})
