import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { KernelClient } from '../../kernel/client.js'
import { startKernel, type StartedKernel } from '../../kernel/start.js'
import { run } from './helpers.js'
import { untilEnded } from './processes.js'

describe('kernel: interrupts and faults', () => {
  let kernel: StartedKernel
  let client: KernelClient

  before(async function () {
    this.timeout(60_000)
    kernel = await startKernel({ cwd: tmpdir(), env: { FOVEA_INTERRUPT_TIMEOUT: '1500' } })
    client = await KernelClient.connect(kernel.connection)
    await run(client, 'const kept = { a: 1 }; let count = 0')
  })
  after(async () => {
    client.close()
    await kernel.stop()
  })

  const endless = {
    'an endless loop': 'for (;;) {}',
    'a promise that never settles': 'await new Promise(() => {})',
    'an endless loop after an await': 'await null; for (;;) {}',
    'an endless loop in a timer':
      'await new Promise(() => { setTimeout(() => { for (;;) {} }, 1) })',
    'an endless loop that prints': 'for (;;) console.log("again")',
    'a loop of awaited timers': 'for (;;) await new Promise((r) => setTimeout(r, 5))',
    'an interval': 'setInterval(() => {}, 5); await new Promise(() => {})',
  }
  for (const [what, code] of Object.entries(endless))
    it(`interrupts ${what}, and variables survive`, async () => {
      const cell = run(client, `count++; ${code}`)
      await new Promise((resolve) => setTimeout(resolve, 300))
      const asked = Date.now()
      await client.interrupt()
      const { error, reply } = await cell
      expect(Date.now() - asked).to.be.below(3000)
      expect(reply.status).to.equal('error')
      expect(error!.ename).to.equal('KeyboardInterrupt')
      expect((await run(client, 'kept.a + Math.sign(count)')).result).to.equal('2')
    })

  it('keeps how far an awaiting loop came', async () => {
    const cell = run(
      client,
      'let i = 0; for (;;) { i++; await new Promise((r) => setTimeout(r, 5)) }',
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    await client.interrupt()
    await cell
    expect(Number((await run(client, 'i')).result)).to.be.above(3)
  })

  it('tells the library through an AbortSignal', async () => {
    const cell = run(
      client,
      `const signal: AbortSignal = (globalThis as any)[Symbol.for('fovea.signal')]
       let heard = false
       signal.addEventListener('abort', () => { heard = true })
       await new Promise(() => {})`,
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    await client.interrupt()
    await cell
    expect((await run(client, 'heard && signal.aborted')).result).to.equal('true')
  })

  it('interrupts what nothing runs, without harm', async () => {
    expect(await client.interrupt()).to.include({ status: 'ok' })
    expect((await run(client, 'kept.a')).result).to.equal('1')
  })

  it('interrupts a native call that blocks, at the cost of the variables', async function () {
    this.timeout(30_000)
    const cell = run(client, 'require("node:child_process").execSync("sleep 30")')
    await new Promise((resolve) => setTimeout(resolve, 300))
    await client.interrupt()
    const { error } = await cell
    expect(error!.ename).to.equal('RunnerExit')
    expect(error!.evalue).to.include('native code in it could not be interrupted')
    expect((await run(client, '1 + 1')).result).to.equal('2')
  })

  for (const [what, code] of Object.entries({
    'process.exit': 'process.exit(7)',
    'a crash': 'process.kill(process.pid, "SIGSEGV"); for (;;) {}',
  }))
    it(`survives ${what}: variables are lost, with a message`, async () => {
      await run(client, 'const lost = 1')
      const { error } = await run(client, code)
      expect(error!.ename).to.equal('RunnerExit')
      expect(error!.evalue).to.match(/Variables are lost/)
      expect((await run(client, 'lost')).error!.evalue).to.equal("Cannot find name 'lost'.")
      expect((await run(client, 'const found = 2; found')).result).to.equal('2')
    })

  it('survives an exit after the cell has ended', async () => {
    await run(client, 'setTimeout(() => process.exit(1), 10)')
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect((await run(client, '3')).result).to.equal('3')
  })

  it('survives endless recursion', async () => {
    const { error } = await run(client, 'function down(): number { return 1 + down() }; down()')
    expect(error!.ename).to.equal('RangeError')
  })

  it('ends at a shutdown request, silently', async function () {
    this.timeout(30_000)
    const other = await startKernel({ cwd: tmpdir() })
    const ended = once(other.process, 'close')
    let stderr = ''
    other.process.stderr?.on('data', (data: Buffer) => (stderr += data.toString()))
    const shutter = await KernelClient.connect(other.connection)
    await run(shutter, 'console.error(1); throw 2')
    await run(shutter, 'process.exit(3)')
    expect(await shutter.shutdown()).to.deep.equal({ status: 'ok', restart: false })
    expect((await ended)[0]).to.equal(0)
    expect(stderr).to.equal('')
    shutter.close()
    await other.stop()
  })

  it('ends when its parent is gone, also while a cell loops', async function () {
    this.timeout(60_000)
    const start = fileURLToPath(new URL('../../dist/kernel/start.js', import.meta.url))
    const script = `
      const { startKernel } = await import(${JSON.stringify(start)})
      const kernel = await startKernel()
      console.log(JSON.stringify({ pid: kernel.process.pid, connection: kernel.connection }))
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: tmpdir(),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const { pid, connection } = JSON.parse(line.toString()) as {
      pid: number
      connection: StartedKernel['connection']
    }
    const orphan = await KernelClient.connect(connection)
    const cell = orphan.execute('process.pid')
    let runner = 0
    for await (const message of cell)
      if (message.type === 'execute_result') runner = Number(message.content.data['text/plain'])
    orphan.execute('for (;;) {}')
    await new Promise((resolve) => setTimeout(resolve, 200))
    parent.kill('SIGKILL')
    await untilEnded([pid, runner])
    orphan.close()
  })
})
