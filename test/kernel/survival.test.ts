import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { KernelClient } from '../../kernel/client.js'
import { startKernel, type StartedKernel } from '../../kernel/start.js'
import { run, type Ran } from './helpers.js'

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('kernel: survives what a cell does', function () {
  this.timeout(60_000)
  let kernel: StartedKernel
  let client: KernelClient

  before(async () => {
    kernel = await startKernel({ cwd: tmpdir(), env: { FOVEA_HEAP_LIMIT: '120' } })
    client = await KernelClient.connect(kernel.connection)
  })
  after(async () => {
    client.close()
    await kernel.stop()
  })
  afterEach('the next cell runs', async () =>
    expect((await run(client, '20 + 22')).result).to.equal('42'),
  )

  const ends: Record<string, [code: string, says: RegExp]> = {
    'process.exit': ['process.exit(7)', /ended with exit code 7/],
    'process.abort': ['process.abort()', /it aborted \(SIGABRT\)/],
    'a native crash': ['process.kill(process.pid, "SIGSEGV"); for (;;) {}', /crashed \(SIGSEGV\)/],
    SIGKILL: ['process.kill(process.pid, "SIGKILL"); for (;;) {}', /killed \(SIGKILL\)/],
    'a heap that is full': [
      'const hoard: unknown[] = []; for (;;) hoard.push(new Array(1000).fill({}))',
      /ran out of memory: .* heap limit of \d+ MB\. FOVEA_HEAP_LIMIT=MEGABYTES .* raises it/,
    ],
    'the pipe of messages closed natively': [
      'new (require("node:net").Socket)({ fd: 4 }).destroy(); await new Promise(() => {})',
      /closed its connection to the kernel \(file descriptor 4\)/,
    ],
    'process.disconnect': ['process.disconnect(); await new Promise(() => {})', /killed|ended/],
  }
  for (const [what, [code, says]] of Object.entries(ends))
    it(`${what}: says so, and that variables are lost`, async () => {
      const { error, stderr } = await run(client, code)
      expect(error?.ename).to.equal('RunnerExit')
      expect(error?.evalue).to.match(says).and.to.include('Variables are lost')
      expect(stderr).to.not.include('Last few GCs')
    })

  describe('without losing variables', () => {
    before(() => run(client, 'const kept = 1'))
    afterEach(async () => expect((await run(client, 'kept')).result).to.equal('1'))

    /** Runs a cell, and then waits for what it says late. */
    const late = async (code: string): Promise<Ran & { late: string }> => {
      let heard = ''
      client.onPublished = (message) => {
        if (message.type === 'stream') heard += message.content.text
      }
      const ran = await run(client, code)
      await sleep(300)
      client.onPublished = () => {}
      return { ...ran, late: heard }
    }

    it('deep recursion', async () => {
      const { error } = await run(client, 'const down = (): number => 1 + down(); down()')
      expect(error?.evalue).to.equal('Maximum call stack size exceeded')
    })

    it('a rejection that nobody handles', async () => {
      const { reply, stderr } = await run(client, 'void Promise.reject(new Error("early")); 1')
      expect(reply.status).to.equal('ok')
      expect(stderr).to.include('nobody awaits').and.to.include('Error: early')
    })

    it('a rejection after the cell has ended', async () => {
      const { late: text } = await late(
        'setTimeout(() => void Promise.reject(new Error("tardy")), 50); 1',
      )
      expect(text).to.include('nobody awaits').and.to.include('Error: tardy')
    })

    it('an error in a timer after the cell has ended', async () => {
      const { late: text } = await late('setTimeout(() => { throw new Error("timed") }, 50); 1')
      expect(text).to.include('outside of a cell').and.to.include('Error: timed')
    })

    it('an array too large for the machine', async () => {
      const { error } = await run(client, 'new Float32Array(2 ** 50)')
      expect(error?.ename).to.equal('RangeError')
    })

    for (const fd of [0, 1, 2, 3, 4, 5])
      it(`closing file descriptor ${fd}`, async () => {
        const { error } = await run(client, `require('node:fs').closeSync(${fd})`)
        expect(error?.evalue).to.equal(`file descriptor ${fd} belongs to the kernel and stays open`)
      })

    const overrides: Record<string, string> = {
      Promise: '(globalThis as any).Promise = null',
      'JSON.stringify': 'JSON.stringify = () => "nonsense"',
      'Object.entries': 'Object.entries = () => { throw new Error("mine") }',
      'console.log': 'console.log = () => {}',
      'process.stdout.write': 'process.stdout.write = () => true',
      'setTimeout and setImmediate':
        '(globalThis as any).setTimeout = (globalThis as any).setImmediate = null',
      Buffer: '(globalThis as any).Buffer = null',
      process: '(globalThis as any).process = null',
      'process.exit': 'process.exit = (() => {}) as never',
      'all listeners': 'process.removeAllListeners()',
    }
    for (const [what, code] of Object.entries(overrides))
      it(`${what} overridden`, async () => {
        const undo =
          'const { Promise: P, Buffer: B, process: p, setTimeout: t, setImmediate: m } = globalThis, s = JSON.stringify,\n' +
          'e = Object.entries, w = process.stdout.write, l = console.log, x = process.exit;\n' +
          '(globalThis as any).undo = () => { Object.assign(globalThis, { Promise: P, Buffer: B, process: p, setTimeout: t, setImmediate: m }); JSON.stringify = s; Object.entries = e; p.stdout.write = w; console.log = l; p.exit = x }'
        await run(client, `{ ${undo} }`)
        expect((await run(client, `${code}; 0`)).error).to.equal(undefined)
        expect((await run(client, '({ still: [1, "a"] })')).result).to.equal(
          "{ still: [ 1, 'a' ] }",
        )
        expect((await run(client, '(globalThis as any).undo()')).error).to.equal(undefined)
      })
  })

  it('the prototypes that the kernel itself needs', async () => {
    const { error } = await run(client, 'Map.prototype.get = Map.prototype.set = null as never; 1')
    expect(error?.ename).to.equal('RunnerExit')
    expect(error?.evalue).to.include('a cell has changed built-in objects that the kernel needs')
  })

  it('ends the processes that a cell has left behind when the runner dies', async () => {
    const { result } = await run(
      client,
      'require("node:child_process").spawn("sleep", ["600"], { stdio: "inherit" }).pid',
    )
    const pid = Number(result)
    expect(isRunning(pid)).to.equal(true)
    const started = performance.now()
    const { error } = await run(client, 'process.exit(1)')
    expect(error?.ename).to.equal('RunnerExit')
    expect(performance.now() - started).to.be.below(5000)
    await sleep(100)
    expect(isRunning(pid)).to.equal(false)
  })

  it('a process of its own group that holds the pipes open', async () => {
    const { result } = await run(
      client,
      'require("node:child_process").spawn("sleep", ["20"], { stdio: "inherit", detached: true }).pid',
    )
    const { error } = await run(client, 'process.exit(1)')
    expect(error?.ename).to.equal('RunnerExit')
    process.kill(Number(result))
  })
})

/** Whether it runs, rather than waits to be reaped. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
