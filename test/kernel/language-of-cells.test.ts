import { expect } from 'chai'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { KernelClient } from '../../kernel/client.js'
import type { DisplayContent } from '../../kernel/protocol.js'
import { startKernel, type StartedKernel } from '../../kernel/start.js'
import { plain, run } from './helpers.js'

describe('kernel: the language of cells', () => {
  let kernel: StartedKernel
  let client: KernelClient
  let folder: string
  const cell = (code: string) => run(client, code)
  /** The result, or else what went wrong. */
  const resultOf = async (code: string) => {
    const { result, error } = await cell(code)
    return error ? plain(error) : result
  }

  before(async function () {
    this.timeout(60_000)
    folder = await realpath(await mkdtemp(join(tmpdir(), 'fovea-language-')))
    kernel = await startKernel({ cwd: folder })
    client = await KernelClient.connect(kernel.connection)
  })
  after(async () => {
    client.close()
    await kernel.stop()
    await rm(folder, { recursive: true })
  })

  it('declares everything again', async () => {
    await cell(
      `const c = 1; class K { a = c }; type T = { z: number }; interface I { a: 1 }; enum E { A }
       function f(): T { return { z: c } }; namespace N { export const v = 1 }`,
    )
    await cell(
      `const c = 'two'; class K { b = c }; type T = { z: string }; interface I { b: 2 }; enum E { C = 'c' }
       function f(): T { return { z: c } }; namespace N { export const v = 'v'; export type Q = 3 }`,
    )
    expect(await resultOf('const i: I = { b: 2 }; [c, new K().b, f().z, E.C, N.v, i.b]')).to.equal(
      "[ 'two', 'two', 'two', 'c', 'v', 2 ]",
    )
  })

  it('keeps namespaces and what is declared as global for all later cells', async () => {
    await cell(
      `declare global { interface Array<T> { second(): T } var shared: number }
       Array.prototype.second = function () { return this[1] }; globalThis.shared = 3
       namespace Kept { export type Three = 3; export const three: Three = 3 }`,
    )
    await cell('const between = 1')
    await cell('const another = 2')
    expect(
      await resultOf('const t: Kept.Three = Kept.three; [[3, 4].second() + shared, t]'),
    ).to.equal('[ 7, 3 ]')
    expect(await resultOf('shared = 5; globalThis.shared')).to.equal('5')
  })

  it('has decorators, generators and private members', async () => {
    const { stdout, result } = await cell(`
      function logged<A extends unknown[], R>(f: (...values: A) => R, context: ClassMethodDecoratorContext) {
        return function (this: unknown, ...values: A): R { console.log(context.name); return f.apply(this, values) }
      }
      class Counter { #n = 1; @logged next(): number { return this.#n++ } }
      function* naturals() { const counter = new Counter(); while (true) yield counter.next() }
      const [one, two] = naturals();
      [one, two]`)
    expect(result).to.equal('[ 1, 2 ]')
    expect(stdout).to.equal('next\nnext\n')
  })

  it('disposes of resources at the end of the cell', async () => {
    const { stdout } = await cell(
      'await using end = { async [Symbol.asyncDispose]() { console.log("end") } }; console.log("begun")',
    )
    expect(stdout).to.equal('begun\nend\n')
  })

  it('knows where it is', async () => {
    const url = pathToFileURL(join(folder, 'notebook.ts')).href
    expect(await resultOf('import.meta.url')).to.equal(`'${url}'`)
    expect(await resultOf('[import.meta.dirname, __dirname]')).to.equal(
      `[ '${folder}', '${folder}' ]`,
    )
    expect(await resultOf('import.meta.filename === __filename')).to.equal('true')
    expect(await resultOf('import.meta.resolve("./a.ts")')).to.equal(
      `'${pathToFileURL(join(folder, 'a.ts')).href}'`,
    )
    expect(await resultOf('import.meta.resolve("fs")')).to.equal("'node:fs'")
  })

  it('takes exports from elsewhere as imports', async () => {
    expect(await resultOf('export { sep } from "node:path"\nsep')).to.equal("'/'")
    expect(await resultOf('export default 3 + 4')).to.equal('7')
    expect(await resultOf('const here = 1; export { here }; here')).to.equal('1')
  })

  it('tells what a cell that failed half-way did not come to', async () => {
    await cell('const made = 1; throw new Error("half-way"); const missed = 2')
    expect(await resultOf('made')).to.equal('1')
    expect(await resultOf('missed')).to.include(
      "ReferenceError: 'missed' has no value: its cell ended before its declaration",
    )
    expect(await resultOf('const missed = 3; missed')).to.equal('3')
  })

  it('shows the causes and the properties of errors, and no frames of its own', async () => {
    const { error, reply } = await cell(
      'const cause = new TypeError("inner")\nthrow Object.assign(new Error("outer", { cause }), { extra: 3 })',
    )
    const place = `Cell[${reply.execution_count}].ts`
    const text = plain(error!)
    expect(text).to.match(/^Error: outer/)
    expect(text).to.include(`at ${place}:2:21 {`)
    expect(text).to.include('extra: 3')
    expect(text).to.include(`[cause]: TypeError: inner\n      at ${place}:1:15`)
    expect(text).not.to.match(/node:|runner|matching cause/)
  })

  it('is as strict as the tsconfig.json beside the notebook, and obeys @ts-ignore', async function () {
    this.timeout(60_000)
    const code = 'const first: string | undefined = ["a"][0]; first.length'
    const config = (text: string) => writeFile(join(folder, 'tsconfig.json'), text)
    expect(await resultOf(code)).to.equal('1')

    await writeFile(join(folder, 'base.json'), '{ "compilerOptions": { "strict": true } }')
    await config(
      '{ "extends": "./base.json", "compilerOptions": { "noUncheckedIndexedAccess": true, "noUnusedLocals": true, "paths": { "@/*": ["./*"] } } }',
    )
    expect(await resultOf(code)).to.include("'first' is possibly 'undefined'. (TS18048)")
    expect(await resultOf('function f(a) { return a }')).to.include('(TS7006)')
    expect(await resultOf(`// @ts-ignore\n${code}`)).to.equal('1')
    expect(await resultOf(`// @ts-expect-error\n${code}`)).to.equal('1')
    expect(await resultOf('// @ts-expect-error\n1 + 1')).to.include('(TS2578)')
    expect(await resultOf('const unused = 1; function alsoUnused() {}; 2')).to.equal('2')
    await writeFile(join(folder, 'mapped.ts'), 'export const mapped = "mapped"\n')
    expect(await resultOf('import { mapped } from "@/mapped"; mapped')).to.equal("'mapped'")

    await config('{ "compilerOptions": {\n  "strict": maybe } }')
    const broken = await resultOf(code)
    expect(broken).to.include('at tsconfig.json:2:13')
    expect(broken).to.include('      "strict": maybe } }\n                ^')
    await rm(join(folder, 'tsconfig.json'))
    expect(await resultOf(code)).to.equal('1')
  })

  describe('TensorFlow.js', () => {
    it('is there, as values and as types, and is the module that is imported', async () => {
      const gradient =
        'tf.grad((x: tf.Tensor) => x.square().sum())(tf.tensor1d([1, 2])).arraySync()'
      const { result, stderr } = await cell(gradient)
      expect(result).to.equal('[ 2, 4 ]')
      expect(stderr).to.equal('')
      expect(await resultOf('tf.tidy(() => tf.ones([2]).sum().dataSync()[0])')).to.equal('2')
      expect(await resultOf('(await import("@tensorflow/tfjs")).ones === tf.ones')).to.equal('true')
      expect(
        await resultOf('import * as imported from "@tensorflow/tfjs"; imported === tf'),
      ).to.equal('true')
      expect(await resultOf('tf.noSuchThing')).to.include("Property 'noSuchThing' does not exist")
    })

    it('trains a model that goes straight into viz', async function () {
      this.timeout(60_000)
      const { error, messages } = await cell(`
        const model = tf.sequential({
          layers: [
            tf.layers.conv2d({ inputShape: [16, 16, 3], filters: 4, kernelSize: 3, activation: 'relu', name: 'conv' }),
            tf.layers.globalAveragePooling2d({}),
            tf.layers.dense({ units: 2, activation: 'softmax' }),
          ],
        })
        model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy' })
        const pictures = tf.randomUniform([8, 16, 16, 3], 0, 1, 'float32', 7)
        const labels = tf.oneHot(tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1], 'int32'), 2)
        const { history } = await model.fit(pictures, labels, { epochs: 3, verbose: 0 })
        const [image] = viz.scenes({ seed: 7 })
        await viz(model).on(image).gradcam()`)
      expect(error && plain(error)).to.equal(undefined)
      const { content } = messages.find(({ type }) => type === 'execute_result')!
      const { data } = content as DisplayContent
      expect(data['image/png']).to.be.a('string')
      expect(data['text/plain']).to.match(/Grad-CAM.*14×14 values/)
      expect(await resultOf('history.loss.length')).to.equal('3')
    })

    it('completes with documentation, before it has been used', async () => {
      expect((await client.complete('tf.tid')).matches).to.deep.equal(['tidy'])
      expect((await client.inspect('tf', 1, 0)).data['text/plain']).to.include('TensorFlow.js')
    })
  })

  describe('tslab', () => {
    it('displays through the kernel', async () => {
      const { messages, error } = await cell(`
        import * as tslab from 'tslab'
        tslab.display.html('<b>x</b>')
        tslab.display.png(new Uint8Array([1, 2, 3]))
        for (const kind of ['javascript', 'markdown', 'latex', 'svg', 'text'] as const) tslab.display[kind](kind)
        for (const kind of ['jpeg', 'gif', 'pdf'] as const) tslab.display[kind](new Uint8Array([4]))`)
      expect(error).to.equal(undefined)
      const shown = messages.filter(({ type }) => type === 'display_data')
      const bundles = shown.map(({ content }) => (content as DisplayContent).data)
      expect(bundles[0]).to.deep.equal({ 'text/plain': '<b>x</b>', 'text/html': '<b>x</b>' })
      expect(bundles[1]).to.deep.equal({ 'text/plain': 'image/png, 3 bytes', 'image/png': 'AQID' })
      expect(bundles.slice(2).map((data) => Object.keys(data).at(-1))).to.deep.equal([
        'text/javascript',
        'text/markdown',
        'text/latex',
        'image/svg+xml',
        'text/plain',
        'image/jpeg',
        'image/gif',
        'application/pdf',
      ])
    })

    it('replaces what a new display shows', async () => {
      const { messages } = await cell(
        'const place = tslab.newDisplay(); place.text("one"); place.html("two")',
      )
      const shown = messages.filter(({ type }) => /display_data/.test(type))
      expect(shown.map(({ type }) => type)).to.deep.equal(['display_data', 'update_display_data'])
      const [first, second] = shown.map(({ content }) => content as DisplayContent)
      expect(second!.transient).to.deep.equal(first!.transient)
      expect(second!.data['text/html']).to.equal('two')
    })

    it('is typed', async () => {
      expect(await resultOf('import { display as d } from "tslab"; d.png("no bytes")')).to.include(
        "Argument of type 'string' is not assignable to parameter of type 'Uint8Array",
      )
    })
  })
})
