/** What every cell sees without an import: here its declarations, for the language service. */
import { fileURLToPath } from 'node:url'

/** The root folder of this package. */
export const packageFolder = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '..' : '../..', import.meta.url),
)

/** Where `import … from 'fovea'` finds its types, wherever the notebook lies. */
export const packagePaths = { fovea: `${packageFolder}dist/src/index.d.ts` }

/**
 * The declarations of the preloaded names; `runner/globals.ts` gives them their values.
 * A cell may declare any of these names itself, which hides the preloaded one.
 */
export const preloadedDeclarations = `
declare global {
  /**
   * See inside convolutional networks.
   *
   * @example
   * const net = await viz.model('scenes')
   * viz(net).on(await viz.image('dog.jpg')).predict()
   */
  const viz: import('fovea').Viz

  /**
   * Shows a value in the cell's output, as if it were the last expression of the cell.
   *
   * A value with a method \`[Symbol.for('Jupyter.display')]\` shows the MIME bundle which that
   * returns; PNG and JPEG files in a Uint8Array show as pictures; all else shows as text.
   *
   * @returns a handle that can replace what is shown.
   * @example
   * const progress = display('0 of 10')
   * for (let i = 1; i <= 10; i++) progress.update(\`\${i} of 10\`)
   */
  function display(value: unknown): DisplayHandle

  /** An output on the page, made by \`display\`. */
  interface DisplayHandle {
    readonly id: string
    /** Shows another value in place of the present one. */
    update(value: unknown): void
  }

  /**
   * Removes the output of the cell.
   *
   * @param wait remove it only when new output arrives, which avoids flicker. Default false.
   */
  function clearOutput(wait?: boolean): void

  /**
   * Asks the reader of the notebook for a line of text.
   *
   * @throws where the notebook is run without a reader.
   * @example
   * const name = await input('Your name: ')
   */
  function input(prompt?: string, options?: { password?: boolean }): Promise<string>
}
export {}
`
