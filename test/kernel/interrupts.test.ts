import { expect } from 'chai'
import { tmpdir } from 'node:os'
import { KernelClient } from '../../kernel/client.js'
import { startKernel, type StartedKernel } from '../../kernel/start.js'
import { run } from './helpers.js'

/** Milliseconds until an interrupted cell has ended, by what it was doing; printed at the end. */
const timings: [string, number][] = []

describe('kernel: interrupts, with their timings', function () {
  this.timeout(60_000)
  let kernel: StartedKernel
  let client: KernelClient

  before(async () => {
    kernel = await startKernel({ cwd: tmpdir() })
    client = await KernelClient.connect(kernel.connection)
    await run(client, 'const kept = { a: 1 }; let began = 0')
  })
  after(async () => {
    client.close()
    await kernel.stop()
    for (const [what, milliseconds] of timings)
      console.log(`      ${String(Math.round(milliseconds)).padStart(5)} ms  ${what}`)
  })

  /** Starts a cell, interrupts it after `delay`, and takes the time until it has ended. */
  const interrupt = async (what: string, code: string, delay = 300) => {
    const cell = run(client, code)
    await new Promise((resolve) => setTimeout(resolve, delay))
    const asked = performance.now()
    await client.interrupt()
    const ran = await cell
    timings.push([what, performance.now() - asked])
    return ran
  }
  const survives = async () => expect((await run(client, 'kept.a')).result).to.equal('1')

  const loops: Record<string, string> = {
    'an await': 'await new Promise(() => {})',
    'an awaited timer': 'for (;;) await new Promise((r) => setTimeout(r, 5))',
    'a sync loop': 'for (;;) {}',
    'a sync loop after an await': 'await null; for (;;) {}',
    'a loop in a timer': 'await new Promise(() => { setTimeout(() => { for (;;) {} }, 1) })',
    'a loop of microtasks': 'for (;;) await null',
    'microtasks that beget each other':
      'const beget = (): unknown => Promise.resolve().then(beget); beget(); await new Promise(() => {})',
    'nextTicks that beget each other':
      'const tick = () => process.nextTick(tick); tick(); await new Promise(() => {})',
    'Atomics.wait': 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
    'a regular expression that backtracks': '/^(a+)+$/.test("a".repeat(60) + "b")',
    'a loop that catches everything':
      'for (;;) { try { for (;;) {} } catch {} finally { began++ } }',
    'a listener of the interrupt that throws':
      'Reflect.get(globalThis, Symbol.for("fovea.signal")).addEventListener("abort", () => { throw new Error("x") }); await new Promise(() => {})',
    'a loop with a progress bar': 'for (const i of progress(1e12)) began = i',
  }
  for (const [what, code] of Object.entries(loops))
    it(`${what}: variables survive`, async () => {
      const { error } = await interrupt(what, code)
      expect(error?.ename).to.equal('KeyboardInterrupt')
      expect(timings.at(-1)![1]).to.be.below(3000)
      await survives()
    })

  it('a blocking call that returns by itself: variables survive, and the reader is told of the wait', async () => {
    const code = 'require("node:child_process").execFileSync("sleep", ["3"])'
    const { error, stderr } = await interrupt('execFileSync of 3 s (its rest)', code)
    expect(error?.ename).to.equal('KeyboardInterrupt')
    expect(stderr).to.include('waits for native code to return')
    await survives()
  })

  it('a run of the engine: variables survive', async () => {
    await run(
      client,
      `const net = await viz.model('scenes')
       const pixels = { data: new Float32Array(16 * 3 * 96 * 96), shape: [16, 3, 96, 96] }
       await net.scoresOf(pixels)`,
    )
    const { error } = await interrupt(
      'a loop of engine runs',
      'for (;;) { await net.scoresOf(pixels); began++ }',
    )
    expect(error?.ename).to.equal('KeyboardInterrupt')
    await survives()
  })

  it('a single long run of the engine: variables survive', async () => {
    await run(
      client,
      `const many = { data: new Float32Array(1000 * 3 * 96 * 96), shape: [1000, 3, 96, 96] }
       await net.scoresOf(pixels)`,
    )
    const alone = performance.now()
    await run(client, 'await net.scoresOf(many); 0')
    const whole = performance.now() - alone
    const { error } = await interrupt(
      `one engine run of ${(whole / 1000).toFixed(1)} s (its rest)`,
      'await net.scoresOf(many); 0',
    )
    expect(error?.ename).to.equal('KeyboardInterrupt')
    expect((await run(client, 'net.name')).result).to.equal("'scenes'") // at once: not interrupted too
    await survives()
  })

  it('gives back what a loop of the library has so far, and shows it', async () => {
    const { error, messages } = await interrupt(
      'a loop of the library',
      `const found = await (async () => {
         const loop = fovea.steps(1e9, { label: 'Searching', partial: true })
         let sum = 0
         for await (const i of loop) sum += i
         return { sum, done: loop.done, interrupted: loop.interrupted }
       })()
       found`.replace('fovea.', '(await import("fovea")).'),
      1500,
    )
    expect(error?.ename).to.equal('KeyboardInterrupt')
    const shown = messages.flatMap((message) =>
      message.type === 'display_data' || message.type === 'update_display_data'
        ? [message.content.data['text/plain'] as string]
        : [],
    )
    expect(
      shown.some((text) => /Searching: interrupted after [\d,]+ of 1,000,000,000 steps/.test(text)),
    ).to.equal(true)
    expect(shown.some((text) => text.includes('interrupted: true'))).to.equal(true)
    expect((await run(client, 'found.interrupted && found.done > 0')).result).to.equal('true')
  })

  it('stops a loop of the library that can give nothing with an error that says how far it came', async () => {
    await interrupt(
      'a loop of the library, without a result',
      `let said = ''
       const { steps } = await import('fovea')
       try { for await (const i of steps(1e9, { label: 'Counting' })) began = i }
       catch (error) { said = String(error) }`,
      1000,
    )
    expect((await run(client, 'said')).result).to.match(
      /AbortError: Counting was interrupted after [\d,]+ of 1,000,000,000 steps/,
    )
  })

  it('gives viz.signal, the signal of the cell', async () => {
    expect((await run(client, 'const before = viz.signal; before.aborted')).result).to.equal(
      'false',
    )
    await interrupt('viz.signal', 'const mine = viz.signal!; await new Promise(() => {})')
    expect((await run(client, '[mine.aborted, viz.signal!.aborted]')).result).to.equal(
      '[ true, false ]',
    )
  })
})
