import { expect } from 'chai'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { Dealer, Request, Subscriber } from 'zeromq'
import { useKernel } from './wire.js'

describe('protocol: robustness', () => {
  const used = useKernel()
  const channels = ['shell', 'control', 'stdin', 'iopub', 'hb'] as const
  const random = xoroshiro128plus(7)
  const randomBytes = (length: number) =>
    Buffer.from(Array.from({ length }, () => random.next() & 255))

  /** The same process still answers on every channel. */
  async function expectAlive(): Promise<void> {
    const { wire, kernel } = used
    expect(kernel.process.exitCode).to.equal(null)
    const { contentOf } = await wire.execute('1 + 1')
    expect(contentOf('execute_result')!.data).to.deep.equal({ 'text/plain': '2' })
    expect((await wire.request('control', 'kernel_info_request')).reply.content.status).to.equal(
      'ok',
    )
    const heart = new Request({ linger: 0, receiveTimeout: 2000 })
    heart.connect(`tcp://127.0.0.1:${kernel.connection.hb_port}`)
    await heart.send('beat')
    expect(String(await heart.receive())).to.equal('beat')
    heart.close()
  }

  for (const channel of channels)
    it(`survives random bytes on the port of ${channel}`, async () => {
      const port = used.kernel.connection[`${channel}_port`]
      for (const length of [0, 1, 9, 10, 64, 1000, 100_000]) {
        const socket = connect(port, '127.0.0.1').on('error', () => {})
        await once(socket, 'connect')
        socket.write(randomBytes(length))
        await sleep(10)
        socket.destroy()
      }
      await expectAlive()
    })

  it('survives random frames on every channel', async () => {
    for (const channel of channels) {
      const socket = channel === 'iopub' ? undefined : new Dealer({ linger: 100 })
      socket?.connect(`tcp://127.0.0.1:${used.kernel.connection[`${channel}_port`]}`)
      for (let i = 0; i < 200; i++) {
        const frames = Array.from({ length: 1 + (i % 8) }, (_, n) => randomBytes((i * n) % 50))
        if (i % 3 === 0) frames[i % frames.length] = Buffer.from('<IDS|MSG>')
        await socket?.send(frames)
      }
      socket?.close()
    }
    const odd = new Subscriber({ linger: 0 })
    odd.connect(`tcp://127.0.0.1:${used.kernel.connection.iopub_port}`)
    for (let i = 0; i < 50; i++) odd.subscribe(randomBytes(i))
    await sleep(100)
    odd.close()
    await expectAlive()
  })

  it('survives signed messages whose parts are damaged', async () => {
    const { wire } = used
    const content = { code: 'globalThis.damaged = 1', silent: true }
    for (let i = 0; i < 300; i++) {
      const parts = [wire.header('execute_request'), {}, {}, content].map((part) =>
        Buffer.from(JSON.stringify(part)),
      )
      const part = parts[i % 4]!
      part[(i * 7) % part.length]! ^= 0x80 // no ASCII any more, so no valid JSON outside of strings
      const frames = [Buffer.from('<IDS|MSG>'), Buffer.from(wire.sign(parts)), ...parts]
      await wire.sendFrames('shell', frames)
    }
    await expectAlive()
  })

  it('takes a huge message, and gives one', async function () {
    this.timeout(60_000)
    const { wire } = used
    const { contentOf } = await wire.execute(`"${'x'.repeat(8_000_000)}".length`)
    expect(contentOf('execute_result')!.data).to.deep.equal({ 'text/plain': '8000000' })
    const { reply } = await wire.request('shell', 'kernel_info_request', {
      padding: 'y'.repeat(50_000_000),
    })
    expect(reply.content.status).to.equal('ok')
    await expectAlive()
  })

  it('answers a thousand requests at once, in order', async function () {
    this.timeout(60_000)
    const { wire } = used
    const headers = []
    for (let i = 0; i < 1000; i++) headers.push(await wire.send('shell', 'kernel_info_request'))
    for (const header of headers) await wire.outcomeOf(header)
    const ids = headers.map(({ msg_id }) => msg_id)
    const replies = wire.received.filter(
      ({ channel, parent }) => channel === 'shell' && ids.includes(parent.msg_id as string),
    )
    expect(replies.map(({ parent }) => parent.msg_id)).to.deep.equal(ids)
    await expectAlive()
  })

  it('loses none of 30,000 lines, in order', async function () {
    this.timeout(60_000)
    const { text } = await used.wire.execute(
      'for (let i = 0; i < 30_000; i++) console.log(`line ${i} ${"ü".repeat(i % 20)}`)',
    )
    const expected = Array.from({ length: 30_000 }, (_, i) => `line ${i} ${'ü'.repeat(i % 20)}\n`)
    expect(text() === expected.join('')).to.equal(true)
  })

  it('loses none of 2,000 displays and clears, in order', async () => {
    const { types } = await used.wire.execute(
      'for (let i = 0; i < 1000; i++) { display(i); clearOutput(true) }',
    )
    expect(types.slice(1)).to.deep.equal(
      Array.from({ length: 2000 }, (_, i) => (i % 2 ? 'clear_output' : 'display_data')),
    )
  })

  it('stays with readers that come and go', async () => {
    for (let i = 0; i < 20; i++) {
      const reader = new Subscriber({ linger: 0 })
      reader.connect(`tcp://127.0.0.1:${used.kernel.connection.iopub_port}`)
      reader.subscribe()
      if (i % 2) await reader.receive()
      reader.close()
    }
    await expectAlive()
  })
})
