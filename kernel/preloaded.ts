/** What every cell sees without an import: here its declarations, for the language service. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root folder of this package. */
export const packageFolder = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '..' : '../..', import.meta.url),
)

const require = createRequire(import.meta.url)

/** Where these packages have their types, wherever the notebook lies; `runner/modules.ts` loads them. */
export const packagePaths = {
  fovea: `${packageFolder}dist/src/index.d.ts`,
  '@tensorflow/tfjs': join(
    dirname(require.resolve('@tensorflow/tfjs/package.json')),
    'dist/index.d.ts',
  ),
  tslab: join(dirname(require.resolve('tslab/package.json')), 'dist/public.d.ts'),
}

const TENSORFLOW = `
/**
 * TensorFlow.js: tensors, their gradients, layers and training. It loads when it is first used.
 *
 * @example
 * tf.tidy(() => tf.ones([2, 2]).sum().dataSync()[0])
 */
`

/** The types of tf.js that the library's own types speak of: no cell has such values before it mentions tf. */
const TENSORS = ['Tensor', 'Tensor1D', 'Tensor2D', 'Tensor3D', 'Tensor4D', 'Tensor5D']
  .map((name) => `export interface ${name} { dataSync(): never }\n`)
  .join('')

/** The types of tf.js are as large as all others together, so they are read where a cell mentions it. */
export const tensorflowDeclarations = {
  mentioned: /\btf\b|tensorflow/,
  declarations: `export * from '@tensorflow/tfjs'\n${TENSORFLOW}export as namespace tf\n`,
  package: '@tensorflow/tfjs',
  standIn: TENSORS,
  library: `${packageFolder}dist/`,
  before: `declare global {${TENSORFLOW}const tf: unknown\n}\nexport {}\n`,
}

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

  /**
   * A progress bar for a loop, with rate and time left.
   *
   * \`for await (…)\` lets other things happen and stops cleanly at an interrupt; a plain \`for (…)\` is as
   * fast as without the bar, and can be interrupted as well. What the loop has shows beside the bar by
   * \`note(words)\` and below it by \`show(() => figure)\`, a few times a second.
   *
   * @param source what to go through, or how many times to count, from 0.
   * @param options \`label\`: what is done (default 'Progress'); \`total\`: how many items (default: the length
   *   of the source); \`unit\`: what is counted (default 'items').
   * @example
   * const loop = progress(100, { label: 'Looking', unit: 'images' })
   * for await (const i of loop) {
   *   const map = await viz(net).on(data.get(i)).gradcam()
   *   loop.show(() => map)
   * }
   */
  const progress: typeof import('fovea').progress

  /**
   * How many megabytes of text a cell may print from now on; 20 at the start, or what the environment's
   * FOVEA_OUTPUT_LIMIT says. What is beyond is cut, with a notice.
   *
   * @param megabytes above 0; Infinity for no limit. Default: as it is.
   * @returns the limit that holds now.
   * @example
   * outputLimit(50)
   */
  function outputLimit(megabytes?: number): number

  /**
   * Comms: channels between cells and code in the front-end, such as widgets. Either side may open
   * one; the name of its *target* says who it is meant for.
   *
   * @example
   * comms.register('echo', (comm) => {
   *   comm.onMessage(({ data, buffers }) => comm.send({ heard: data }, { buffers }))
   * })
   */
  const comms: {
    /**
     * Calls \`opened\` whenever the front-end opens a comm of this target. Messages wait until it has
     * returned, and until its promise settles if it returns one; the comm is closed if it throws.
     * A target that is registered again takes the new function.
     */
    register<Data extends object = Record<string, unknown>>(
      target: string,
      opened: (comm: Comm, message: CommMessage<Data>) => unknown,
    ): void
    /** Closes comms of this target from now on, as soon as the front-end opens them. */
    unregister(target: string): void
    /** Opens a comm to a target of the front-end, which closes it if it has none of this name. */
    open(target: string, data?: object, extras?: CommExtras): Comm
  }

  /** A channel to code in the front-end, made by \`comms\`. */
  interface Comm {
    readonly id: string
    readonly target: string
    /** Whether either side has closed it, or the kernel's variables were lost. */
    readonly closed: boolean
    /**
     * Sends data, which must be an object of JSON.
     *
     * @throws where the comm is closed, or the data is no JSON.
     */
    send(data?: object, extras?: CommExtras): void
    /** Closes both sides. */
    close(data?: object, extras?: CommExtras): void
    /**
     * Calls this function, in place of the one before it, with each message. Messages arrive also
     * while a cell awaits something; what the function shows appears where the front-end expects it.
     */
    onMessage<Data extends object = Record<string, unknown>>(
      received: (message: CommMessage<Data>) => unknown,
    ): void
    /** Calls this function when the front-end closes the comm. */
    onClose<Data extends object = Record<string, unknown>>(
      closed: (message: CommMessage<Data>) => unknown,
    ): void
  }

  /** What a comm carries beside its data: metadata, and binary data as it is. */
  interface CommExtras {
    metadata?: object
    buffers?: (ArrayBuffer | ArrayBufferView)[]
  }

  /** What a comm receives; \`Data\` is the form that both sides have agreed on, which nothing checks. */
  interface CommMessage<Data extends object = Record<string, unknown>> {
    data: Data
    metadata: Record<string, unknown>
    buffers: Uint8Array[]
  }
}
export {}
`
