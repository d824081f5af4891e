import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { engineByName, engines } from '../../src/engine/engines.js'
import { onnxEngine, type Provider } from '../../src/engine/onnx.js'
import { float32 } from '../../src/network/graph.js'
import { model, node } from '../network/models.js'
import { rejection } from '../rejection.js'

describe('engines by name', () => {
  it('onnx and tensorflow', () => {
    for (const [name, engine] of Object.entries(engines)) {
      expect(engineByName(name)).equal(engine)
      expect(engine.name).equal(name)
    }
  })

  it('an unknown one lists the nearest', () => {
    expect(() => engineByName('tensorflw')).throw(
      RangeError,
      "no engine 'tensorflw'; the nearest are 'tensorflow', 'onnx'",
    )
  })
})

describe('threads of the onnx engine', () => {
  it('are as many as the environment says, or as one asks for', async function () {
    if (process.platform !== 'linux') this.skip() // no /proc
    const graph = model([2], [node('Relu', ['x'], 'y')])
    /** How many threads of this process a compiled program has. */
    const threads = async (engine = onnxEngine()): Promise<number> => {
      const before = await readdir('/proc/self/task')
      const program = await engine.compile(graph)
      const now = await readdir('/proc/self/task')
      await program.release()
      return now.filter((task) => !before.includes(task)).length + 1 // with the one that calls
    }
    await threads() // Node's own threads begin with the first
    process.env.FOVEA_THREADS = '7'
    try {
      expect(await threads()).equal(7)
      expect(await threads(onnxEngine({ threads: 3 }))).equal(3)
    } finally {
      delete process.env.FOVEA_THREADS
    }
  })
})

describe('the onnx engine', () => {
  it('reports nothing to the maker of ONNX Runtime', async function () {
    this.timeout(20_000)
    const home = await mkdtemp(join(tmpdir(), 'fovea-home-'))
    const { href } = new URL('../../dist/src/index.js', import.meta.url)
    const code = `const { viz } = await import(${JSON.stringify(href)})
      await viz(await viz.model('scenes')).on(viz.scenes().get(0).image).predict()`
    // ONNX Runtime does not report in continuous integration, which it knows by variables of the environment.
    const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home, XDG_CACHE_HOME: home }
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { env })
    // Otherwise there would be an identifier of this machine, a store of what is yet to be sent, and a log.
    expect(await readdir(home)).deep.equal(['fovea']) // the drawings of Scenes
    await rm(home, { recursive: true })
  })
})

describe('execution providers of the onnx engine', () => {
  const relu = model([2], [node('Relu', ['x'], 'y')])

  it('the CPU, by itself and by name', async () => {
    for (const engine of [onnxEngine(), onnxEngine({ provider: 'cpu' })]) {
      expect(engine.version).match(/^onnxruntime-node [\d.]+$/)
      const program = await engine.compile(relu)
      const { y } = await program.run({ x: float32([-1, 2], [2]) })
      expect(Array.from(y!.data as Float32Array)).deep.equal([0, 2])
      await program.release()
    }
  })

  it('provenance names another one', () => {
    expect(onnxEngine({ provider: 'cuda' }).version).match(/^onnxruntime-node [\d.]+ \(cuda\)$/)
  })

  it('one of another operating system says so', async () => {
    const elsewhere = process.platform === 'win32' ? 'coreml' : 'dml'
    const error = await rejection(onnxEngine({ provider: elsewhere }).compile(relu))
    expect(error.message).match(
      new RegExp(
        `^the onnx provider '${elsewhere}' cannot be used here: .*none for ${process.platform}.* It needs `,
      ),
    )
  })

  it('an unknown one lists those that there are', async () => {
    const error = await rejection(onnxEngine({ provider: 'gpu' as Provider }).compile(relu))
    expect(error.message).equal("no onnx provider 'gpu'; there are cpu, webgpu, cuda, dml, coreml")
  })

  // In a process of their own: the runtime's native code writes to stderr where a device is missing.
  for (const provider of ['webgpu', 'cuda'])
    it(`${provider} computes the same, or says what it needs`, async () => {
      const script = `
        import { onnxEngine } from './src/engine/onnx.js'
        import { model, node } from './test/network/models.js'
        import { float32 } from './src/network/graph.js'
        try {
          const program = await onnxEngine({ provider: '${provider}' }).compile(model([2], [node('Relu', ['x'], 'y')]))
          console.log(Array.from((await program.run({ x: float32([-1, 2], [2]) })).y.data).join())
        } catch (error) {
          console.log(error.message)
        }
      `
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '--eval', script],
        { cwd: new URL('../..', import.meta.url) },
      )
      expect(stdout.trim()).match(
        new RegExp(
          `^0,2$|^the onnx provider '${provider}' cannot be used here: \\S.* It needs \\S`,
        ),
      )
    })
})
