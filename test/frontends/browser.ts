/** A real browser. */
import { expect } from 'chai'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium as playwright, type Browser, type Locator, type Page } from 'playwright-core'
import { chromium } from './machine.js'

/** Where pictures of the pages are put, to be looked at. */
const screenshots = fileURLToPath(new URL('../../out/frontends/', import.meta.url))

const options = {
  executablePath: chromium,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic'],
  timeout: 60_000,
}

/** Starts Chromium; a busy machine may need a second try. */
export async function startBrowser(): Promise<Browser> {
  return playwright.launch(options).catch(() => playwright.launch(options))
}

export async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 1400 } })
  context.setDefaultTimeout(60_000)
  return context.newPage()
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true })
  await page.screenshot({ path: join(screenshots, `${name}.png`) })
}

/** The pictures in these elements as they show, by the sizes of their files: `192×192`. */
export function pictures(elements: Locator): Promise<string[]> {
  return elements.locator('img').evaluateAll(async (images) => {
    const shown = images as HTMLImageElement[]
    await Promise.all(shown.map((image) => image.decode().catch(() => {})))
    return shown.map((image) => {
      const { naturalWidth: width, naturalHeight: height } = image
      if (width === 0 || image.getClientRects().length === 0) return 'not shown'
      const context = new OffscreenCanvas(width, height).getContext('2d')!
      context.drawImage(image, 0, 0)
      const { data } = context.getImageData(0, 0, width, height)
      const colours = new Set(new Uint32Array(data.buffer))
      return colours.size > 8 ? `${width}×${height}` : 'blank'
    })
  })
}

/** @throws where there is no picture, or one of them shows nothing. */
export function expectPictures(shown: string[], of: string): void {
  expect(shown, `pictures of ${of}`).to.not.be.empty
  expect(shown, `pictures of ${of}`).to.satisfy((all: string[]) =>
    all.every((one) => one.includes('×')),
  )
}
