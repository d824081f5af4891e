import { expect } from 'chai'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { startKernel, type StartedKernel } from '../../../kernel/start.js'
import { useKernel, Wire } from './wire.js'

describe('protocol: control', () => {
  const used = useKernel()

  it('answers while a cell loops', async () => {
    await used.wire.execute('1')
    const looping = used.wire.execute('for (const end = Date.now() + 1500; Date.now() < end;) {}')
    await sleep(300) // it has begun
    const started = Date.now()
    for (const type of ['kernel_info_request', 'comm_info_request', 'history_request'])
      expect((await used.wire.request('control', type)).reply.content.status).to.equal('ok')
    expect(Date.now() - started).to.be.below(500)
    expect((await looping).reply.content.status).to.equal('ok')
  })

  it('interrupts the cell that runs, and aborts those behind it', async () => {
    await used.wire.execute('var kept = 1')
    const cell = used.wire.execute('kept = 2; for (;;) {}')
    const next = used.wire.execute('kept = 3')
    await sleep(300)
    const { reply, states } = await used.wire.request('control', 'interrupt_request')
    expect(reply.header.msg_type).to.equal('interrupt_reply')
    expect(reply.content).to.deep.equal({ status: 'ok' })
    expect(states).to.deep.equal(['busy', 'idle'])
    const { contentOf, reply: failed } = await cell
    expect(failed.content).to.include({ status: 'error', ename: 'KeyboardInterrupt' })
    expect(contentOf('error')!.ename).to.equal('KeyboardInterrupt')
    expect((await next).reply.content.status).to.equal('aborted')
    const after = await used.wire.execute('kept')
    expect(after.contentOf('execute_result')!.data).to.deep.equal({ 'text/plain': '2' })
  })

  it('interrupts nothing without harm', async () => {
    const { reply } = await used.wire.request('control', 'interrupt_request')
    expect(reply.content).to.deep.equal({ status: 'ok' })
    expect((await used.wire.execute('1')).reply.content.status).to.equal('ok')
  })

  it('interrupts a cell that waits for the compiler to load', async function () {
    this.timeout(60_000)
    const kernel = await startKernel({ cwd: tmpdir() })
    const wire = await Wire.connect(kernel.connection)
    const cell = wire.execute('for (;;) {}')
    await wire.until(({ header }) => header.msg_type === 'execute_input')
    await wire.request('control', 'interrupt_request')
    expect((await cell).reply.content).to.include({ ename: 'KeyboardInterrupt' })
    expect((await wire.execute('1')).reply.content.status).to.equal('ok')
    wire.close()
    await kernel.stop()
  })

  describe('shutdown', () => {
    let kernel: StartedKernel
    let wire: Wire
    beforeEach(async function () {
      this.timeout(60_000)
      kernel = await startKernel({ cwd: tmpdir() })
      wire = await Wire.connect(kernel.connection)
    })
    afterEach(async () => {
      wire.close()
      await kernel.stop()
    })

    for (const [channel, restart] of [
      ['control', true],
      ['control', false],
      ['shell', false],
    ] as const)
      it(`on ${channel}, restart ${restart}: replies, publishes, and ends`, async () => {
        const ended = once(kernel.process, 'exit')
        const { reply, types, contentOf } = await wire.request(channel, 'shutdown_request', {
          restart,
        })
        expect(reply.channel).to.equal(channel)
        expect(reply.content).to.deep.equal({ status: 'ok', restart })
        expect(types).to.deep.equal(['shutdown_reply'])
        expect(contentOf('shutdown_reply')).to.deep.equal({ status: 'ok', restart })
        expect(await ended).to.deep.equal([0, null])
      })

    it('answers the cell that runs and those that wait', async () => {
      const cells = ['console.log("on"); for (;;) {}', '2', '3'].map((code) =>
        wire.execute(code, { stop_on_error: false }),
      )
      await wire.until(({ header }) => header.msg_type === 'stream')
      await wire.request('control', 'shutdown_request', { restart: false })
      const [running, ...waiting] = (await Promise.all(cells)).map(({ reply }) => reply.content)
      expect(running).to.include({ status: 'error', ename: 'KernelShutdown' })
      expect(waiting.map(({ status }) => status)).to.deep.equal(['aborted', 'aborted'])
    })

    it('answers a cell that has only begun, whether it compiles or runs', async () => {
      const cell = wire.execute('await new Promise(() => {})')
      await wire.until(({ header }) => header.msg_type === 'execute_input')
      const shutdown = wire.request('control', 'shutdown_request', { restart: false })
      expect((await cell).reply.content).to.include({ ename: 'KernelShutdown' })
      expect((await shutdown).reply.content.status).to.equal('ok')
    })
  })
})
