import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { useKernel } from './wire.js'

describe('protocol: comms', () => {
  const used = useKernel()

  const info = async (target_name?: string) =>
    (await used.wire.request('shell', 'comm_info_request', { target_name })).reply.content.comms
  const open = (comm_id: string, target_name: string, data = {}, rest = {}) =>
    used.wire.request('shell', 'comm_open', { comm_id, target_name, data }, rest)
  const message = (comm_id: string, data = {}, rest = {}) =>
    used.wire.request('shell', 'comm_msg', { comm_id, data }, rest)
  const close = (comm_id: string, data = {}) =>
    used.wire.request('shell', 'comm_close', { comm_id, data })
  const value = async (code: string) =>
    ((await used.wire.execute(code)).contentOf('execute_result')?.data as Record<string, string>)?.[
      'text/plain'
    ]

  it('that front-ends open for no target are closed at once', async () => {
    const { types, contentOf, states } = await open('lost', 'nowhere')
    expect(types).to.deep.equal(['comm_close'])
    expect(contentOf('comm_close')).to.deep.equal({ comm_id: 'lost', data: {} })
    expect(states).to.deep.equal(['busy', 'idle'])
    expect(await info()).to.deep.equal({})
  })

  it('reach a target that a cell registered, with data, metadata and buffers, both ways', async () => {
    await used.wire.execute(`comms.register('echo', (comm, opened) => {
      comm.send({ opened: opened.data, metadata: opened.metadata }, { metadata: { m: 1 } })
      comm.onMessage(({ data, buffers }) => {
        const reversed = buffers.map((bytes) => bytes.slice().reverse())
        comm.send({ heard: data }, { buffers: [...reversed, new Float32Array([0.5]).buffer] })
      })
      comm.onClose(({ data }) => console.log('closed', JSON.stringify(data)))
    })`)
    const opened = await open('e1', 'echo', { a: [1] }, { metadata: { version: '2' } })
    expect(opened.types).to.deep.equal(['comm_msg'])
    expect(opened.contentOf('comm_msg')).to.deep.equal({
      comm_id: 'e1',
      data: { opened: { a: [1] }, metadata: { version: '2' } },
    })
    expect(opened.published[1]!.metadata).to.deep.equal({ m: 1 })

    const bytes = Buffer.from([0, 255, 10, 13])
    const echoed = await message('e1', { b: 'ü' }, { buffers: [bytes, Buffer.alloc(0)] })
    expect(echoed.contentOf('comm_msg')!.data).to.deep.equal({ heard: { b: 'ü' } })
    expect(echoed.published[1]!.parent).to.deep.equal(echoed.header)
    expect(echoed.published[1]!.buffers.map((buffer) => [...buffer])).to.deep.equal([
      ...[[13, 10, 255, 0], [], [0, 0, 0, 63]],
    ])
    expect(await info()).to.deep.equal({ e1: { target_name: 'echo' } })
    expect(await info('echo')).to.deep.equal({ e1: { target_name: 'echo' } })
    expect(await info('other')).to.deep.equal({})

    const closed = await close('e1', { why: 'done' })
    expect(closed.text()).to.equal('closed {"why":"done"}\n')
    expect(closed.types).to.deep.equal(['stream'])
    expect(await info()).to.deep.equal({})
  })

  it('are opened, used and closed by cells', async () => {
    const opened = await used.wire.execute(
      `const own = comms.open('widget', { state: 1 }, { metadata: { version: '2.1' }, buffers: [new Uint8Array([7])] })
       const heard: object[] = []
       own.onMessage(({ data }) => heard.push(data))
       own.closed`,
    )
    const content = opened.contentOf('comm_open')!
    expect(content).to.deep.include({ target_name: 'widget', data: { state: 1 } })
    const sent = opened.published.find(({ header }) => header.msg_type === 'comm_open')!
    expect(sent.metadata).to.deep.equal({ version: '2.1' })
    expect([...sent.buffers[0]!]).to.deep.equal([7])
    expect(sent.parent).to.deep.equal(opened.header)
    const id = content.comm_id as string
    expect(await info('widget')).to.deep.equal({ [id]: { target_name: 'widget' } })
    await message(id, { n: 1 })
    await message(id, { n: 2 })
    expect(await value('heard')).to.equal('[ { n: 1 }, { n: 2 } ]')
    const closed = await used.wire.execute('own.close({ bye: 1 }); own.closed')
    expect(closed.contentOf('comm_close')).to.deep.equal({ comm_id: id, data: { bye: 1 } })
    expect(closed.contentOf('execute_result')!.data).to.deep.equal({ 'text/plain': 'true' })
    expect(await info()).to.deep.equal({})
    const { contentOf } = await used.wire.execute('own.send({})')
    expect(contentOf('error')!.evalue).to.equal("this comm of 'widget' is closed")
  })

  it('wait for the cells sent before them to open', async () => {
    const cell = used.wire.execute(`await new Promise((r) => setTimeout(r, 50))
      comms.register('late', (comm) => comm.onMessage(({ data }) => comm.send(data)))`)
    const opening = open('l1', 'late')
    const sent = message('l1', { n: 1 })
    expect((await cell).reply.content.status).to.equal('ok')
    expect((await opening).types).to.deep.equal([])
    expect((await sent).contentOf('comm_msg')!.data).to.deep.equal({ n: 1 })
    await close('l1')
  })

  it('reach a cell that awaits them', async () => {
    const cell = used.wire.execute(`const dialog = comms.open('dialog')
      await new Promise((resolve) => dialog.onMessage(({ data }) => resolve(data.answer)))`)
    const { content } = await used.wire.until(({ content }) => content.target_name === 'dialog')
    await message(content.comm_id as string, { answer: 42 })
    expect((await cell).contentOf('execute_result')!.data).to.deep.equal({ 'text/plain': '42' })
    await close(content.comm_id as string)
  })

  it('keep their messages in order while their target is getting ready', async () => {
    await used.wire.execute(`comms.register('slow', async (comm) => {
      await new Promise((r) => setTimeout(r, 100))
      comm.onMessage(({ data }) => comm.send(data))
    })`)
    const all = [open('s1', 'slow'), ...[1, 2, 3].map((n) => message('s1', { n }))]
    const [opened, ...messages] = await Promise.all(all)
    expect(opened!.states).to.deep.equal(['busy', 'idle'])
    expect(messages.map(({ contentOf }) => contentOf('comm_msg')?.data)).to.deep.equal([
      ...[{ n: 1 }, { n: 2 }, { n: 3 }],
    ])
    const sent = used.wire.received.filter(({ content }) => content.comm_id === 's1')
    expect(sent.map(({ content }) => (content.data as { n: number }).n)).to.deep.equal([1, 2, 3])
    await close('s1')
  })

  it('tell what their handlers print and throw, under the message they handle', async () => {
    await used.wire.execute(`comms.register('loud', (comm) => comm.onMessage(async ({ data }) => {
      console.log('before')
      display(data.n)
      await new Promise((r) => setTimeout(r, 20))
      throw new RangeError('from a handler')
    }))`)
    await open('loud1', 'loud')
    const { types, text, states } = await message('loud1', { n: 1 })
    expect(types).to.deep.equal(['stream', 'display_data', 'stream'])
    expect(text('stderr')).to.match(/while a message of a comm was handled[^]*from a handler/)
    expect(states).to.deep.equal(['busy', 'idle'])
    await close('loud1')
  })

  it('are closed when the handler of their target fails', async () => {
    await used.wire.execute('comms.register("broken", () => { throw new Error("no room") })')
    const { types, text } = await open('b1', 'broken')
    expect(types).to.have.members(['comm_close', 'stream'])
    expect(text('stderr')).to.include('no room')
    expect(await info()).to.deep.equal({})
    await used.wire.execute('comms.unregister("broken")')
    expect((await open('b2', 'broken')).types).to.deep.equal(['comm_close'])
  })

  it('refuse what is no JSON, and say so', async () => {
    for (const data of ['{ n: 1n }', '[1]', 'null']) {
      const { contentOf } = await used.wire.execute(`comms.open('x', ${data} as any)`)
      expect(contentOf('error')!.evalue, data).to.match(/^the data of a comm's message must be/)
    }
    expect(await info()).to.deep.equal({})
  })

  it('of nobody, and malformed ones, are survived', async () => {
    expect((await message('unknown')).types).to.deep.equal([])
    expect((await close('unknown')).types).to.deep.equal([])
    for (const content of [{}, { comm_id: 5 }, { comm_id: 'm1', target_name: 5, data: [] }])
      for (const type of ['comm_open', 'comm_msg', 'comm_close']) {
        const { states } = await used.wire.request('shell', type, content)
        expect(states).to.deep.equal(['busy', 'idle'])
      }
    expect(await info()).to.deep.equal({})
  })

  it('are interrupted: a handler that loops, and one that waits for ever', async () => {
    await used.wire.execute(`comms.register('stuck', (comm) => {
      comm.onMessage(({ data }) => { if (data.loop) for (;;) {} ; return new Promise(() => {}) })
    })`)
    await open('k1', 'stuck')
    for (const loop of [true, false]) {
      const stuck = message('k1', { loop })
      await sleep(100)
      await used.wire.request('control', 'interrupt_request')
      expect((await stuck).states).to.deep.equal(['busy', 'idle'])
    }
    expect(await value('"alive"')).to.equal("'alive'")
    await close('k1')
  })

  it('carry megabytes', async () => {
    await used.wire.execute(`comms.register('big', (comm) => comm.onMessage(({ buffers }) =>
      comm.send({}, { buffers })))`)
    await open('big1', 'big')
    const bytes = Buffer.alloc(4_000_000, 'abc')
    const { published } = await message('big1', {}, { buffers: [bytes] })
    const [back] = published.filter(({ header }) => header.msg_type === 'comm_msg')
    expect(bytes.equals(back!.buffers[0]!)).to.equal(true)
    await close('big1')
  })

  it('are closed when the variables are lost', async () => {
    await used.wire.execute('const doomed = comms.open("doomed")')
    const { contentOf } = await used.wire.execute('process.exit(1)')
    expect(contentOf('error')!.ename).to.equal('RunnerExit')
    expect(contentOf('comm_close')).to.have.property('comm_id')
    expect(await info()).to.deep.equal({})
  })
})
