import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { KernelClient } from '../../kernel/client.js'
import { startKernel, type StartedKernel } from '../../kernel/start.js'
import { run } from './helpers.js'

describe('kernel: limits of output', function () {
  this.timeout(60_000)
  let kernel: StartedKernel
  let client: KernelClient

  before(async () => {
    const env = { FOVEA_OUTPUT_LIMIT: '2', FOVEA_DISPLAY_LIMIT: '1' }
    kernel = await startKernel({ cwd: tmpdir(), env })
    client = await KernelClient.connect(kernel.connection)
    await run(client, '1')
  })
  after(async () => {
    client.close()
    await kernel.stop()
  })

  it('30,000 lines in a burst arrive whole', async () => {
    const { stdout } = await run(client, 'for (let i = 0; i < 30_000; i++) console.log("line", i)')
    const lines = stdout.trimEnd().split('\n')
    expect(lines.length).to.equal(30_000)
    expect(lines.at(-1)).to.equal('line 29999')
  })

  it('cuts 50 MB, says how much, shows the end, and neither process grows', async function () {
    if (process.platform !== 'linux') return this.skip()
    const runner = Number((await run(client, 'process.pid')).result)
    const pids = { front: kernel.process.pid!, runner }
    const before = { front: memory(pids.front), runner: memory(pids.runner) }
    const { stdout, reply } = await run(
      client,
      'const text = "x".repeat(99); for (let i = 0; i < 500_000; i++) console.log(text)\nconsole.log("the end")',
    )
    expect(reply.status).to.equal('ok')
    expect(stdout.length).to.be.within(2e6, 2.01e6)
    expect(stdout).to.include('a cell shows at most 2.0 MB of text')
    expect(stdout).to.match(/\[48 MB, 480,00\d lines were left out/)
    expect(stdout.trimEnd().endsWith('\nthe end')).to.equal(true)
    for (const name of ['front', 'runner'] as const) {
      const peak = highest(pids[name])
      console.log(`      ${name}: ${before[name]} MB before, at most ${peak} MB`)
      expect(peak - before[name]).to.be.below(150)
    }
  })

  it('one text of 50 MB', async () => {
    const { stdout } = await run(client, 'process.stdout.write("y".repeat(50e6))')
    expect(stdout.length).to.be.within(2e6, 2.01e6)
    expect(stdout).to.include('[48 MB were left out')
  })

  it('native output', async () => {
    const { stdout } = await run(
      client,
      `const { spawn } = await import('node:child_process')
       const child = spawn('head', ['-c', '5000000', '/dev/zero'], { stdio: 'inherit' })
       await new Promise((resolve) => child.on('exit', resolve))
       await new Promise((resolve) => setTimeout(resolve, 300))`,
    )
    expect(stdout).to.include('a cell shows at most 2.0 MB of text')
    expect(stdout.length).to.be.within(2e6, 2.01e6)
  })

  it('outputLimit changes it, and refuses nonsense', async () => {
    expect((await run(client, 'outputLimit()')).result).to.equal('2')
    expect((await run(client, 'outputLimit(0.001)')).result).to.equal('0.001')
    expect((await run(client, 'console.log("z".repeat(5000))')).stdout).to.include('at most 1.0 KB')
    expect((await run(client, 'outputLimit(-1)')).error?.evalue).to.include('above 0, or Infinity')
    await run(client, 'outputLimit(Infinity)')
    expect((await run(client, 'console.log("z".repeat(5e6))')).stdout.length).to.equal(5e6 + 1)
    await run(client, 'outputLimit(2)')
  })

  const plainTexts = (messages: Awaited<ReturnType<typeof run>>['messages']) =>
    messages.flatMap((message) =>
      message.type === 'display_data' ? [message.content.data['text/plain'] as string] : [],
    )

  it('a display that is too large has a notice in its place', async () => {
    const big =
      '{ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "w".repeat(3e6), "text/plain": "w" }) }'
    const { messages, reply } = await run(client, `display(${big}); 0`)
    expect(reply.status).to.equal('ok')
    expect(plainTexts(messages)[0]).to.match(
      /A display was left out: text\/html 3\.0 MB, .* at most 1\.0 MB .*FOVEA_DISPLAY_LIMIT/,
    )
    expect((await run(client, `(${big})`)).result).to.include('A display was left out')
  })

  it('so have many displays that are too much together; updates may go on', async () => {
    const piece =
      '{ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "v".repeat(3e5), "text/plain": "v" }) }'
    const many = await run(client, `for (let i = 0; i < 50; i++) display(${piece}); 0`)
    const texts = plainTexts(many.messages)
    expect(texts.filter((text) => text === 'v').length).to.equal(3)
    expect(texts.filter((text) => text.includes('left out')).length).to.equal(5)
    const updates = await run(
      client,
      `const handle = display(${piece}); for (let i = 0; i < 20; i++) handle.update(${piece}); 0`,
    )
    const count = updates.messages.filter(({ type }) => type === 'update_display_data').length
    expect(count).to.equal(20)
  })
})

/** Resident megabytes of a process. */
function memory(pid: number): number {
  const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString()
  return Math.round(Number(kilobytes) / 1024)
}

/** The most that it ever had. */
function highest(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1024)
}
