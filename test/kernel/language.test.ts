import { expect } from 'chai'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KernelClient } from '../../kernel/client.js'
import { startKernel, type StartedKernel } from '../../kernel/start.js'
import { run } from './helpers.js'

describe('kernel: language service', () => {
  let kernel: StartedKernel
  let client: KernelClient
  let folder: string

  before(async function () {
    this.timeout(60_000)
    folder = await mkdtemp(join(tmpdir(), 'fovea-names-'))
    await mkdir(join(folder, 'part'))
    await mkdir(join(folder, 'node_modules/installed'), { recursive: true })
    for (const path of ['helper.ts', 'part/inner.ts', 'node_modules/installed/index.d.ts'])
      await writeFile(join(folder, path), 'export const value = 1\n')
    kernel = await startKernel({ cwd: folder })
    client = await KernelClient.connect(kernel.connection)
    await run(
      client,
      'const husky = { weight: 20, colour: "grey" }; function pick(name: "wolf" | "dog") { return name }',
    )
  })
  after(async () => {
    client.close()
    await kernel.stop()
    await rm(folder, { recursive: true })
  })

  it('completes viz and its members, before the library has been used', async () => {
    expect((await client.complete('vi')).matches[0]).to.equal('viz')
    const { matches } = await client.complete('viz.')
    expect(matches).to.include.members(['model', 'image'])
    expect(matches.slice(-5), 'last, what every function has').include('bind')
  })

  it('completes variables of earlier cells and their members', async () => {
    const { matches, cursor_start, cursor_end } = await client.complete('husk')
    expect(matches[0]).to.equal('husky')
    expect([cursor_start, cursor_end]).to.deep.equal([0, 4])
    expect((await client.complete('husky.')).matches).to.deep.equal(['colour', 'weight'])
  })

  it('completes inside of strings', async () => {
    const { matches, cursor_start, cursor_end } = await client.complete('pick("wo")', 8)
    expect(matches).to.deep.equal(['wolf'])
    expect([cursor_start, cursor_end]).to.deep.equal([6, 8])
  })

  it('completes the layers of a network and its classes inside of strings', async function () {
    this.timeout(30_000)
    const { error } = await run(
      client,
      `const net = await viz.model('scenes')
       const [scene] = viz.scenes({ seed: 7 })
       const view = viz(net).on(scene)
       const pair = { length: 0, classes: ['cat', 'dog'], get: () => ({ image: scene.image, label: 0 }) }
       const { layers, classes } = net`,
    )
    expect(error).to.equal(undefined)
    const names = async (list: string) =>
      JSON.parse(
        (await run(client, `display(JSON.stringify(${list}))`)).messages.flatMap((message) =>
          message.type === 'display_data'
            ? [(message.content.data['text/plain'] as string).slice(1, -1)]
            : [],
        )[0]!,
      ) as string[]
    const layers = await names('layers.map(({ name }) => name)')
    const classes = await names('classes')

    const complete = async (marked: string) => {
      const code = marked.replace('|', '')
      const found = await client.complete(code, marked.indexOf('|'))
      return { ...found, replaced: code.slice(found.cursor_start, found.cursor_end) }
    }
    expect((await complete("viz(net).on(x).gradcam('|")).matches).to.deep.equal(layers)
    expect((await complete("view.gradcam('|')")).matches).to.deep.equal(layers)
    expect((await complete("view.target('|')")).matches).to.deep.equal(classes)
    expect((await complete("view.predict({ target: '|' })")).matches).to.deep.equal(classes)
    expect((await complete("net.run(x, { layers: ['|'] })")).matches).to.deep.equal(layers)
    const [first = ''] = layers
    const middle = await complete(`view.gradcam('${first.slice(0, 2)}|${first.slice(2)}')`)
    expect(middle.matches).to.include(first)
    expect(middle.replaced).to.equal(first)
    expect(
      (await complete("net.run(viz.poison(pair, { target: '|' }), {})")).matches,
    ).to.deep.equal([...['cat', 'dog']])
    const marked =
      "const bad = viz.poison(pair, { target: 1 }); viz.backdoor([net], bad, { target: '|' })"
    expect((await complete(marked)).matches).to.deep.equal(classes)
    expect((await complete("console.log('|')")).matches).to.deep.equal([])
    expect((await complete("nobody.gradcam('|')")).matches).to.deep.equal([])

    const computing = client.execute('const end = Date.now() + 500; while (Date.now() < end);')
    const started = Date.now()
    expect((await complete("view.gradcam('|')")).matches).to.deep.equal([])
    expect(Date.now() - started).to.be.below(400)
    await computing.reply
  })

  it('completes in the middle, and counts code points', async () => {
    const { matches, cursor_start, cursor_end } = await client.complete('"🐺🐺"; husky.we + 1', 14)
    expect(matches).to.deep.equal(['weight'])
    expect([cursor_start, cursor_end]).to.deep.equal([12, 14])
  })

  it('completes the preloaded functions and Node', async () => {
    for (const name of ['display', 'clearOutput', 'input', 'console', 'Buffer'])
      expect((await client.complete(name.slice(0, -1))).matches).to.include(name)
  })

  it('documents viz, display and variables', async () => {
    const viz = await client.inspect('viz', 3, 1)
    expect(viz.found).to.equal(true)
    expect(viz.data['text/plain']).to.include('See inside convolutional networks')
    const display = await client.inspect('display(3)', 2)
    expect(display.data['text/plain']).to.match(
      /^function display\(value: unknown\): DisplayHandle/,
    )
    expect(display.data['text/markdown']).to.include('```typescript')
    expect((await client.inspect('husky', 3)).data['text/plain']).to.include('weight: number')
  })

  it('documents the function of a call from inside of its parentheses', async () => {
    const { data } = await client.inspect('pick(')
    expect(data['text/plain']).to.include('function pick(name: "wolf" | "dog")')
  })

  it('documents the call around, whatever other calls are in it', async () => {
    const found = async (code: string) => (await client.inspect(code)).data['text/plain']
    expect(await found('pick(String(Math.max(1, 2)), ')).to.include('function pick')
    expect(await found('pick(Math.max(1, ')).to.include('Math.max')
    expect(await found('new Map<string, number>([husky.colour], ')).to.include('Map')
    expect(await found('(1 + 2) * ')).to.equal(undefined)
  })

  it('completes the paths of local files and packages in imports', async () => {
    const complete = async (code: string) => {
      const found = await client.complete(code, code.lastIndexOf("'"))
      return { ...found, replaced: code.slice(found.cursor_start, found.cursor_end) }
    }
    expect((await complete("import x from './'")).matches).to.include.members(['helper', 'part'])
    const inner = await complete("await import('./part/inn')")
    expect(inner).to.deep.include({ matches: ['inner'], replaced: 'inn' })
    const installed = await complete("import x from 'inst'")
    expect(installed).to.deep.include({ matches: ['installed'], replaced: 'inst' })
    const builtIn = await complete("require('node:pat')")
    expect(builtIn.matches).to.include('node:path')
    expect(builtIn.replaced).to.equal('node:pat')
  })

  it('finds nothing where nothing is', async () => {
    expect((await client.inspect('   ', 1)).found).to.equal(false)
  })

  it('tells complete from incomplete and invalid code', async () => {
    expect(await client.isComplete('1 + 1')).to.include({ status: 'complete' })
    expect(await client.isComplete('for (;;) {')).to.include({ status: 'incomplete', indent: '  ' })
    expect(await client.isComplete('const a = [')).to.include({ status: 'incomplete' })
    expect(await client.isComplete('a b')).to.include({ status: 'invalid' })
  })

  it('answers while a cell computes', async () => {
    const exchange = client.execute('const until = Date.now() + 500; while (Date.now() < until);')
    const started = Date.now()
    expect((await client.complete('husk')).matches[0]).to.equal('husky')
    expect(Date.now() - started).to.be.below(400)
    await exchange.reply
  })
})
