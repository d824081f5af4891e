import { expect } from 'chai'
import { decode, encode, newHeader, SignatureHistory } from '../../../kernel/protocol.js'
import { useKernel, type Wire } from './wire.js'

describe('protocol: signatures', () => {
  const used = useKernel()
  const trap = { code: 'globalThis.trapped = true', silent: true }

  /** Sends frames that must be dropped, and sees that nothing came of them. */
  async function expectDropped(frames: (wire: Wire) => Buffer[]): Promise<void> {
    const { wire } = used
    const before = wire.received.length
    for (const channel of ['shell', 'control', 'stdin'] as const)
      await wire.sendFrames(channel, frames(wire))
    const { header, contentOf } = await wire.execute('"trapped" in globalThis')
    expect(contentOf('execute_result')!.data).to.include({ 'text/plain': 'false' })
    const others = wire.received
      .slice(before)
      .filter(({ parent }) => parent.msg_id !== header.msg_id)
    expect(others).to.deep.equal([])
  }

  const valid = (wire: Wire) =>
    wire.frames({ header: wire.header('execute_request'), content: trap })
  const withFrame = (at: number, frame: string) => (wire: Wire) => {
    const frames = valid(wire)
    frames[at] = Buffer.from(frame)
    return frames
  }
  const bad: Record<string, (wire: Wire) => Buffer[]> = {
    'a signature of another key': (wire) =>
      wire.frames({ header: wire.header('execute_request'), content: trap }, 'another key'),
    'a signature of other content': (wire) => {
      const frames = valid(wire)
      frames[5] = Buffer.from(JSON.stringify({ ...trap, code: `${trap.code} ` }))
      return frames
    },
    'an empty signature': withFrame(1, ''),
    'a signature cut short': (wire) => {
      const frames = valid(wire)
      frames[1] = frames[1]!.subarray(0, 10)
      return frames
    },
    'no delimiter': (wire) => valid(wire).slice(1),
    'another delimiter': withFrame(0, '<IDS|MSG'),
    'frames missing': (wire) => valid(wire).slice(0, 5),
    'the delimiter alone': (wire) => valid(wire).slice(0, 1),
    'one empty frame': () => [Buffer.alloc(0)],
    'a header that is no JSON': (wire) => wire.frames({ header: '{"msg_id":', content: trap }),
    'a header that is no object': (wire) => wire.frames({ header: [1, 2], content: trap }),
    'a header without an id': (wire) =>
      wire.frames({ header: { msg_type: 'execute_request' }, content: trap }),
    'content that is no JSON': (wire) =>
      wire.frames({ header: wire.header('execute_request'), content: 'globalThis.trapped = true' }),
    'content that is null': (wire) =>
      wire.frames({ header: wire.header('execute_request'), content: null }),
    'content that is no UTF-8': (wire) => {
      const header = Buffer.from(JSON.stringify(wire.header('execute_request')))
      const parts = [header, Buffer.from('{}'), Buffer.from('{}'), Buffer.from([0xff, 0xfe, 0])]
      return [Buffer.from('<IDS|MSG>'), Buffer.from(wire.sign(parts)), ...parts]
    },
  }
  for (const [what, frames] of Object.entries(bad))
    it(`drops a message with ${what}`, () => expectDropped(frames))

  it('runs a recorded message once', async () => {
    const { wire } = used
    const header = wire.header('execute_request')
    const code =
      'var times = ((globalThis as any).times ?? 0) + 1; (globalThis as any).times = times'
    const frames = wire.frames({ header, content: { code } })
    for (let i = 0; i < 3; i++) await wire.sendFrames('shell', frames)
    await wire.sendFrames('control', frames)
    await wire.outcomeOf(header)
    const { contentOf } = await wire.execute('(globalThis as any).times')
    expect(contentOf('execute_result')!.data).to.include({ 'text/plain': '1' })
  })

  it('remembers as many signatures as it has room for, and forgets the oldest', () => {
    const history = new SignatureHistory(2)
    expect(['a', 'b', 'a', 'c', 'b', 'a'].map((name) => history.add(name))).to.deep.equal([
      ...[true, true, false, true, false, true],
    ])
  })

  it('are left out where the key is empty, as the specification says', () => {
    const header = newHeader('status', 'session')
    const frames = encode({ identities: [], header, parent: {}, content: { a: 1 } }, '')
    expect(frames[1]!.length).to.equal(0)
    const seen = new SignatureHistory()
    expect(decode(frames, '', seen).content).to.deep.equal({ a: 1 })
    expect(decode(frames, '', seen).header).to.deep.equal(header)
  })
})
