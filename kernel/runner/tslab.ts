/** `import * as tslab from 'tslab'`: its display functions, so that notebooks written for tslab run. */
import { createRequire } from 'node:module'
import { display as show, type DisplayHandle } from './display.js'

const require = createRequire(import.meta.url)
const versionOf = (name: string) => (require(`${name}/package.json`) as { version: string }).version

/** The version strings of tslab and what it stands on. */
export const versions = {
  get tslab() {
    return versionOf('tslab')
  },
  get typescript() {
    return versionOf('typescript')
  },
  node: process.version,
}

/** Shows contents of one MIME type each. */
class Display {
  #shown: DisplayHandle | undefined

  /** @param inPlace whether each content takes the place of the one before. */
  constructor(private readonly inPlace: boolean) {}

  javascript(code: string): void {
    this.raw('text/javascript', code)
  }
  html(html: string): void {
    this.raw('text/html', html)
  }
  markdown(markdown: string): void {
    this.raw('text/markdown', markdown)
  }
  latex(latex: string): void {
    this.raw('text/latex', latex)
  }
  svg(svg: string): void {
    this.raw('image/svg+xml', svg)
  }
  png(bytes: Uint8Array): void {
    this.raw('image/png', bytes)
  }
  jpeg(bytes: Uint8Array): void {
    this.raw('image/jpeg', bytes)
  }
  gif(bytes: Uint8Array): void {
    this.raw('image/gif', bytes)
  }
  pdf(bytes: Uint8Array): void {
    this.raw('application/pdf', bytes)
  }
  text(text: string): void {
    this.raw('text/plain', text)
  }

  raw(type: string, content: string | Uint8Array): void {
    const plain = typeof content === 'string' ? content : `${type}, ${content.length} bytes`
    const shown = {
      [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': plain, [type]: content }),
    }
    if (this.#shown) return this.#shown.update(shown)
    const handle = show(shown)
    if (this.inPlace) this.#shown = handle
  }
}

/** Shows what it is given; each call makes a new output. */
export const display = new Display(false)

/** A display whose output is replaced by each call. */
export function newDisplay(): Display {
  return new Display(true)
}
