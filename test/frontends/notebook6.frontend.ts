/** The classic notebook, Jupyter Notebook 6, in a browser. */
import { expect } from 'chai'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { expectPictures, newPage, pictures, screenshot, startBrowser } from './browser.js'
import * as cells from './cells.js'
import { Jupyter, lectureNames, lectures, notebook, type Server } from './jupyter.js'
import { needs } from './machine.js'

/** Parts of the notebook's own interface in the page. */
interface ClassicCell {
  cell_type: string
  /** The id of the request that ran it last. */
  last_msg_id: string | null
}
interface ClassicNotebook {
  kernel: {
    is_connected(): boolean
    /** By the ids of requests: whether their reply, and all of their outputs, are there. */
    _msg_callbacks: Record<string, { shell_done: boolean; iopub_done: boolean }>
  } | null
  kernel_busy: boolean
  trusted: boolean
  get_cells(): ClassicCell[]
  get_cell(index: number): ClassicCell
  select(index: number): void
  save_notebook(): Promise<void>
}

describe('Jupyter Notebook 6', () => {
  needs(['notebook'], { browser: true })
  let jupyter: Jupyter
  let server: Server
  let browser: Browser
  let page: Page

  before(async () => {
    jupyter = await Jupyter.create()
    server = await jupyter.serve('notebook')
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await jupyter?.remove()
  })
  beforeEach(async () => (page = await newPage(browser)))
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await screenshot(page, 'notebook6-failure')
    await page.context().close()
  })

  const open = async (name: string) => {
    await page.goto(`${server.url}notebooks/${name}?token=${server.token}`)
    await page.waitForFunction(() => window.Jupyter?.notebook.kernel?.is_connected())
  }
  const cell = (index: number) => page.locator('.cell').nth(index)
  const output = (index: number) => cell(index).locator('.output')
  /** Runs the cell as a reader does, who leaves no empty cell behind it. */
  const run = async (index: number) => {
    await page.evaluate((i) => window.Jupyter!.notebook.select(i), index)
    await page.click('#celllink')
    await page.click('#run_cell')
  }
  /** Waits until these cells have all of their output. */
  const finished = (...indices: number[]) =>
    page.waitForFunction(
      (indices) => {
        const { notebook } = window.Jupyter!
        return indices.every((index) => {
          const request =
            notebook.kernel!._msg_callbacks[notebook.get_cell(index).last_msg_id ?? '']
          return request?.shell_done && request.iopub_done
        })
      },
      indices,
      { timeout: 200_000 },
    )
  const save = () => page.evaluate(() => window.Jupyter!.notebook.save_notebook())
  const trusted = () => page.evaluate(() => window.Jupyter!.notebook.trusted)

  it('runs a lecture, and shows its saved pictures again, trusted and not', async () => {
    const [name] = await lectureNames()
    await copyFile(join(lectures, name!), join(jupyter.folder, name!))
    await open(name!)
    await page.click('#celllink')
    await page.click('#run_all_cells')
    const codeCells = await page.evaluate(() =>
      window
        .Jupyter!.notebook.get_cells()
        .flatMap(({ cell_type }, index) => (cell_type === 'code' ? [index] : [])),
    )
    await finished(...codeCells)
    expect(await page.locator('.output_error').allInnerTexts(), name).to.deep.equal([])
    const outputs = page.locator('.output')
    const shown = await pictures(outputs)
    expectPictures(shown, name!)
    await outputs.locator('img').last().scrollIntoViewIfNeeded()
    await screenshot(page, 'notebook6-lecture')

    await save()
    const saved = (await jupyter.codeCells(name!)).flatMap((cell) => cell.outputs)
    expect(shown).to.have.length(saved.filter(({ data }) => data?.['image/png']).length)
    await open(name!)
    expect(await trusted()).to.equal(true)
    expect(await pictures(outputs), 'reloaded').to.deep.equal(shown)

    await jupyter.tamper(name!, '# ', '# From elsewhere: ')
    await open(name!)
    expect(await trusted()).to.equal(false)
    expect(await pictures(outputs), 'untrusted').to.deep.equal(shown)
  })

  it('presses buttons, answers a question, draws charts, and shows work go on', async () => {
    const sources = [
      cells.counterTarget,
      cells.counterButton,
      "await input('Who? ')",
      cells.chart,
      cells.plainPage,
      cells.work,
      cells.streams,
      cells.interactivePage,
      cells.failure,
    ]
    await writeFile(join(jupyter.folder, 'cells.ipynb'), notebook(sources))
    await open('cells.ipynb')
    await run(0)
    await run(1)
    for (const count of [2, 4]) {
      await page.click('#counter')
      await page.locator('#counter').getByText(`${count}`).waitFor()
    }
    await run(2)
    await cell(2).locator('.raw_input').fill('Ada')
    await cell(2).locator('.raw_input').press('Enter')
    for (const index of [3, 4, 5]) await run(index)
    await output(5).locator('progress').waitFor()
    for (const index of [6, 7, 8]) await run(index)
    await finished(8)
    await page.click('#press')
    expect(await page.locator('#press').innerText()).to.equal('pressed')

    const check = async ({ scripts }: { scripts: boolean }) => {
      expect(await output(1).locator('script').count(), 'scripts').to.equal(scripts ? 1 : 0)
      expect(await output(2).innerText()).to.include("'Ada'")
      expectPictures(await pictures(output(3)), 'a chart without Vega')
      expect(await output(4).locator('td').allInnerTexts()).to.deep.equal(['wolf', '0.9'])
      expect(await output(4).locator('details, progress').count()).to.equal(2)
      expect(await output(5).innerText()).to.match(/✓ Looking[^]*'after'/)
      expect(await output(6).innerText()).to.match(/plain\s+red\s+aside/)
      expect(await output(6).locator('.ansi-red-fg').innerText()).to.equal('red')
      expect(await output(8).innerText()).to.match(/RangeError: too far[^]*2/)
      expectPictures(await pictures(output(7)), 'an interactive page')
    }
    await check({ scripts: true })
    await screenshot(page, 'notebook6-cells')
    await save()
    await open('cells.ipynb')
    expect(await trusted()).to.equal(true)
    await check({ scripts: true })

    await jupyter.tamper('cells.ipynb', 'let count = 0', 'let count = 1')
    await open('cells.ipynb')
    expect(await trusted()).to.equal(false)
    await check({ scripts: false })
    await screenshot(page, 'notebook6-cells-untrusted')
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
    await run(0)
    for (const endless of [1, 3]) {
      await run(endless)
      await output(endless).getByText('begun', { exact: true }).waitFor()
      await page.click('button[data-jupyter-action="jupyter-notebook:interrupt-kernel"]')
      await finished(endless)
      expect(await output(endless).innerText()).to.include('KeyboardInterrupt')
      await run(2)
      await finished(2)
      expect(await output(2).innerText()).to.include('5')
    }

    await page.click('button[data-jupyter-action="jupyter-notebook:confirm-restart-kernel"]')
    await page.click('.modal-dialog .btn-danger')
    await page.locator('.modal-dialog').waitFor({ state: 'detached' })
    await page.waitForFunction(() => window.Jupyter!.notebook.kernel?.is_connected())
    await run(2)
    await output(2).getByText("Cannot find name 'kept'").waitFor()
  })

  it('completes by Tab, and explains by Shift-Tab', async () => {
    await writeFile(join(jupyter.folder, 'names.ipynb'), notebook(['1', 'viz.', 'viz.model']))
    await open('names.ipynb')
    await run(0)
    await finished(0)
    await page.waitForFunction(() => !window.Jupyter!.notebook.kernel_busy) // then Tab asks no kernel
    const toEnd = async (index: number) => {
      await cell(index).locator('.CodeMirror').click()
      await page.keyboard.press('End')
    }
    await toEnd(1)
    await page.keyboard.press('Tab')
    const names = page.locator('#complete option')
    await names.first().waitFor()
    expect(await names.allInnerTexts()).to.include.members(['model', 'scenes', 'image'])
    await screenshot(page, 'notebook6-completion')
    await page.keyboard.press('Escape')

    await toEnd(2)
    await page.keyboard.press('Shift+Tab')
    const tooltip = page.locator('#tooltip')
    await tooltip.getByText('A network').waitFor()
    await page.waitForFunction(
      () => getComputedStyle(document.querySelector('#tooltip')!).opacity === '1',
    )
    await screenshot(page, 'notebook6-tooltip')
  })
})

declare global {
  interface Window {
    Jupyter?: { notebook: ClassicNotebook }
  }
}
