import { expect } from 'chai'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { KernelClient } from '../../kernel/client.js'
import { startKernel, type StartedKernel } from '../../kernel/start.js'
import { plain, run } from './helpers.js'

/** Packages of every kind, and local files, around a notebook in the folder `notes`. */
const FILES: Record<string, string> = {
  'node_modules/esm/package.json': '{"name":"esm","type":"module","exports":"./i.js"}',
  'node_modules/esm/i.js': 'export const named = 1; export default () => 2',
  'node_modules/esm/i.d.ts':
    'export const named: number; declare const f: () => number; export default f',
  'node_modules/awaits/package.json':
    '{"name":"awaits","type":"module","exports":{"types":"./i.d.ts","import":"./i.js"}}',
  'node_modules/awaits/i.js': 'export const late = await Promise.resolve(7); export default 8',
  'node_modules/awaits/i.d.ts':
    'export const late: number; declare const d: number; export default d',
  'node_modules/cjs/package.json': '{"name":"cjs","main":"i.js","types":"i.d.ts"}',
  'node_modules/cjs/i.js': 'module.exports = () => 3; module.exports.part = 4',
  'node_modules/cjs/i.d.ts':
    'declare function f(): number; declare namespace f { const part: number }; export = f',
  'node_modules/marked/package.json': '{"name":"marked","main":"i.js","types":"i.d.ts"}',
  'node_modules/marked/i.js': 'exports.__esModule = true; exports.default = 5; exports.named = 6',
  'node_modules/marked/i.d.ts':
    'export const named: number; declare const d: number; export default d',
  'node_modules/untyped/package.json': '{"name":"untyped","main":"i.js"}',
  'node_modules/untyped/i.js': 'exports.value = 9',
  'above.ts':
    'import { late } from "awaits"\nexport interface Above { height: number }\nexport const above: Above = { height: late }\nexport const url = import.meta.url\n',
  'notes/awaiting.ts': 'export const value = await Promise.resolve(11)\n',
  'notes/uses-awaiting.ts':
    'import { value } from "./awaiting.js"\nexport const twice = 2 * value\n',
  'notes/failing.ts':
    'interface Reason { text: string }\nexport function fail(reason: Reason): never {\n  throw new Error(reason.text)\n}\n',
  'notes/tensors.ts':
    'import * as tf from "@tensorflow/tfjs"\nexport const zeros = (): tf.Tensor4D => tf.zeros([1, 3, 64, 64])\n',
  'notes/wrong.ts': 'export const wrong: string = 1\n',
  'notes/data.json': '{ "list": [1, 2] }',
}

describe('kernel: imports', () => {
  let kernel: StartedKernel
  let client: KernelClient
  let folder: string
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  /** The result, or else what went wrong. */
  const resultOf = async (code: string) => {
    const { result, error } = await run(client, code)
    return error ? plain(error) : result
  }

  before(async function () {
    this.timeout(60_000)
    folder = await realpath(await mkdtemp(join(tmpdir(), 'fovea-modules-')))
    for (const [path, text] of Object.entries(FILES)) await write(path, text)
    kernel = await startKernel({ cwd: join(folder, 'notes') })
    client = await KernelClient.connect(kernel.connection)
  })
  after(async () => {
    client.close()
    await kernel.stop()
    await rm(folder, { recursive: true })
  })

  it('of ES modules and CommonJS, by default, by name and whole', async () => {
    expect(await resultOf('import f, { named } from "esm"; [f(), named]')).to.equal('[ 2, 1 ]')
    expect(await resultOf('import * as whole from "esm"; whole.default()')).to.equal('2')
    expect(await resultOf('import c from "cjs"; [c(), c.part]')).to.equal('[ 3, 4 ]')
    expect(await resultOf('import { part } from "cjs"; part')).to.equal('4')
    expect(await resultOf('import m, { named as n } from "marked"; [m, n]')).to.equal('[ 5, 6 ]')
    expect(await resultOf('import { value } from "untyped"; value')).to.equal('9')
    expect(await resultOf('import path, { sep } from "node:path"; path.sep === sep')).to.equal(
      'true',
    )
    expect(await resultOf('import "esm"; import type { Stats } from "node:fs"; 1')).to.equal('1')
  })

  it('of ES modules that await, which `require` refuses', async () => {
    expect(await resultOf('import d, { late } from "awaits"; [d, late]')).to.equal('[ 8, 7 ]')
    expect(await resultOf('(await import("awaits")).late')).to.equal('7')
    expect(await resultOf('const name = "awaits"; (await import(name)).default')).to.equal('8')
  })

  it('knows the types', async () => {
    expect(await resultOf('import { late as l } from "awaits"; const s: string = l')).to.include(
      "Type 'number' is not assignable to type 'string'",
    )
    expect(
      await resultOf('import { type Above, above } from "../above"; const s: Above = "x"'),
    ).to.include("Type 'string' is not assignable to type 'Above'")
  })

  it('of local files, above the notebook too, by any ending, and where they await', async () => {
    for (const path of ['../above', '../above.js', '../above.ts'])
      expect(await resultOf(`import { above } from '${path}'; above.height`), path).to.equal('7')
    expect(await resultOf('import { url } from "../above"; url')).to.match(/file:.*above\.ts/)
    expect(await resultOf('import { twice } from "./uses-awaiting"; twice')).to.equal('22')
    expect(await resultOf('(await import("./awaiting")).value')).to.equal('11')
  })

  it('of TensorFlow.js in a local file, before a cell has mentioned it', async () => {
    const code = 'import { zeros } from "./tensors"; zeros().shape.length'
    expect(await resultOf(code)).to.equal('4')
    expect(
      await resultOf(
        'const useIt = (net: import("fovea").Network) => net.apply(zeros()).square(); 1',
      ),
    ).to.equal('1')
  })

  it('of files that change, directly or below, and of those that are new', async () => {
    await write('notes/low.ts', 'export const low = 1\n')
    await write('notes/high.ts', 'import { low } from "./low"\nexport const high = low + 1\n')
    expect(await resultOf('import { high } from "./high"; high')).to.equal('2')
    await write('notes/low.ts', 'export const low = 1000\n')
    expect(await resultOf('import { high } from "./high"; high')).to.equal('1001')
    expect(await resultOf('import data from "./data.json"; data.list')).to.equal('[ 1, 2 ]')
    await write('notes/data.json', '{ "list": [1, 2, 3] }')
    expect(await resultOf('import data from "./data.json"; data.list')).to.equal('[ 1, 2, 3 ]')

    const code = 'import { born } from "./born"; born'
    expect(await resultOf(code)).to.include("There is no file './born'")
    await write('notes/born.ts', 'export const born = true\n')
    expect(await resultOf(code)).to.equal('true')
    await write('node_modules/fresh/package.json', '{"name":"fresh","main":"i.js"}')
    await write('node_modules/fresh/i.js', 'exports.fresh = 1')
    expect(await resultOf('import { fresh } from "fresh"; fresh')).to.equal('1')
  })

  it('names the place of an error in a local file', async () => {
    const thrown = await resultOf('import { fail } from "./failing"\nfail({ text: "failed" })')
    expect(thrown).to.include(`at fail (${join(folder, 'notes/failing.ts')}:3:9)`)
    expect(thrown).to.include('      throw new Error(reason.text)\n            ^')
    const wrong = await resultOf('import { wrong } from "./wrong"; wrong')
    expect(wrong).to.include('at wrong.ts:1:14')
    expect(wrong).to.include('    export const wrong: string = 1\n                 ^')
  })

  it('says what is missing, what is near it and how to get it', async () => {
    const install = `To install it, run in ${join(folder, 'notes')}: npm install`
    expect(await resultOf('import x from "no-such-package"')).to.include(
      `The package 'no-such-package' is not installed. ${install} no-such-package`,
    )
    expect(await resultOf('import x from "@scope/none/part"')).to.include(`${install} @scope/none`)
    expect(await resultOf('import x from "untypd"')).to.include("Did you mean 'untyped'?")
    expect(await resultOf('import x from "node:pth"')).to.include("Did you mean 'node:path'?")
    expect(await resultOf('import x from "./failin"')).to.include("Did you mean './failing'?")
    expect(await resultOf('import x from "./failin"')).to.match(/Cell\[\d+\]\.ts:1:15/)
    for (const code of ['require("none")', 'const missing = "none"; await import(missing)'])
      expect(await resultOf(code)).to.match(/Error: The package 'none' is not installed/)
  })

  it('survives the runner: its files are sent again', async function () {
    this.timeout(30_000)
    expect(
      (await run(client, 'process.kill(process.pid, "SIGKILL"); await new Promise(() => {})'))
        .error,
    ).not.to.equal(undefined)
    expect(await resultOf('import { high } from "./high"; high')).to.equal('1001')
  })
})
