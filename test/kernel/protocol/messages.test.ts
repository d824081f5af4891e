import { expect } from 'chai'
import { Request } from 'zeromq'
import { useKernel, Wire } from './wire.js'

describe('protocol: messages', () => {
  const used = useKernel()

  it('have complete headers, name their parent, and are signed', async () => {
    const { wire } = used
    const started = Date.now()
    const { header, published, reply } = await wire.execute('console.log(1); 2')
    const messages = [...published, reply]
    expect(published.map((message) => message.header.msg_type)).to.deep.equal([
      'status',
      'execute_input',
      'stream',
      'execute_result',
      'status',
    ])
    for (const message of messages) {
      expect(message.signed, message.header.msg_type).to.equal(true)
      expect(message.parent).to.deep.equal(header)
      expect(message.header).to.have.all.keys(
        ...['msg_id', 'msg_type', 'session', 'username', 'date', 'version'],
      )
      expect(message.header.version).to.equal('5.4')
      expect(message.header.username).to.be.a('string').and.not.equal('')
      expect(message.header.date).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/)
      const date = Date.parse(message.header.date as string)
      expect(date).to.be.within(started - 1, Date.now() + 1)
    }
    const sessions = new Set(messages.map((message) => message.header.session))
    expect(sessions.size, 'one session').to.equal(1)
    expect([...sessions][0], 'which is not the front-end’s').to.not.equal(header.session)
    const ids = new Set(messages.map((message) => message.header.msg_id))
    expect(ids.size).to.equal(messages.length)
    for (const message of published)
      expect(message.identities.map(String), 'the topic').to.deep.equal([message.header.msg_type])
  })

  it('return the header of their parent as it was sent, unknown fields too', async () => {
    const header = { ...used.wire.header('kernel_info_request'), extra: { deep: [1] } }
    await used.wire.sendFrames('shell', used.wire.frames({ header }))
    const { reply } = await used.wire.outcomeOf(header)
    expect(reply.parent).to.deep.equal(header)
  })

  for (const channel of ['shell', 'control'] as const)
    it(`frame every request on ${channel} with busy and idle`, async () => {
      const types = ['kernel_info_request', 'history_request', 'comm_info_request', 'no_request']
      for (const type of types) {
        const { states, reply } = await used.wire.request(channel, type)
        expect(states, type).to.deep.equal(['busy', 'idle'])
        expect(reply.channel, type).to.equal(channel)
        expect(reply.header.msg_type).to.equal(type.replace('_request', '_reply'))
      }
    })

  it('introduce the kernel, the same on shell and control', async () => {
    const { reply } = await used.wire.request('shell', 'kernel_info_request')
    expect(reply.content).to.include({
      status: 'ok',
      protocol_version: '5.4',
      implementation: 'fovea',
      debugger: false,
    })
    expect(reply.content.supported_features).to.deep.equal([])
    expect(reply.content.language_info).to.include({
      name: 'typescript',
      file_extension: '.ts',
      mimetype: 'application/typescript',
    })
    expect(reply.content.banner).to.be.a('string')
    const other = await used.wire.request('control', 'kernel_info_request')
    expect(other.reply.content).to.deep.equal(reply.content)
  })

  it('of unknown types get an error where they ask for a reply, else nothing', async () => {
    const { reply } = await used.wire.request('shell', 'teleport_request', { a: 1 })
    expect(reply.content).to.include({ status: 'error', ename: 'UnknownRequest' })
    const { types, states } = await used.wire.request('shell', 'teleport', { a: 1 })
    expect([types, states]).to.deep.equal([[], ['busy', 'idle']])
  })

  it('with content of the wrong kind are told what is wrong', async () => {
    const cases = {
      execute_request: { code: 5 },
      complete_request: { code: 'a', cursor_pos: 'end' },
      inspect_request: {},
      is_complete_request: { code: null },
      comm_info_request: { target_name: 5 },
    }
    for (const [type, content] of Object.entries(cases)) {
      const { reply } = await used.wire.request('shell', type, content)
      expect(reply.content, type).to.include({ status: 'error', ename: 'InvalidRequest' })
      expect(reply.content.evalue, type).to.match(/^content\.\w+ must be a (string|number), not/)
    }
  })

  it('to a debugger are answered: there is none', async () => {
    const content = { seq: 7, type: 'request', command: 'initialize', arguments: {} }
    const { reply } = await used.wire.request('control', 'debug_request', content)
    expect(reply.header.msg_type).to.equal('debug_reply')
    expect(reply.content).to.include({
      type: 'response',
      request_seq: 7,
      command: 'initialize',
      success: false,
    })
  })

  it('welcome every subscriber, by the topic it subscribed to', async () => {
    const second = await Wire.connect(used.kernel.connection)
    expect(second.received[0]!.content).to.deep.equal({ subscription: '' })
    expect(second.received[0]!.parent).to.deep.equal({})
    second.close()
    const choosy = new Wire(used.kernel.connection, ['stream'])
    const welcome = await choosy.until(() => true)
    expect(welcome.header.msg_type).to.equal('iopub_welcome')
    expect(welcome.content).to.deep.equal({ subscription: 'stream' })
    await used.wire.execute('console.log(1); 2')
    await choosy.until(({ header }) => header.msg_type === 'stream')
    expect(choosy.received.map(({ header }) => header.msg_type)).to.deep.equal([
      'iopub_welcome',
      'stream',
    ])
    choosy.close()
  })

  it('beat the heart: bytes come back as they are, also while a cell loops', async () => {
    const looping = used.wire.execute('for (const end = Date.now() + 500; Date.now() < end;) {}')
    const heart = new Request({ linger: 0, receiveTimeout: 2000 })
    heart.connect(`tcp://127.0.0.1:${used.kernel.connection.hb_port}`)
    for (const beat of [Buffer.from('ping'), Buffer.from([0, 255, 128]), Buffer.alloc(0)]) {
      await heart.send(beat)
      expect((await heart.receive())[0]).to.deep.equal(beat)
    }
    heart.close()
    await looping
  })
})
