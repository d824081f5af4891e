import { expect } from 'chai'
import { tmpdir } from 'node:os'
import { KernelClient } from '../../kernel/client.js'
import { startKernel, type StartedKernel } from '../../kernel/start.js'
import { plain, run } from './helpers.js'

describe('kernel: session', () => {
  let kernel: StartedKernel
  let client: KernelClient

  before(async function () {
    this.timeout(60_000)
    kernel = await startKernel({ cwd: tmpdir() })
    client = await KernelClient.connect(kernel.connection)
  })
  after(async () => {
    client.close()
    await kernel.stop()
  })

  it('introduces itself on shell and control', async () => {
    const info = await client.kernelInfo()
    expect(info).to.include({ status: 'ok', protocol_version: '5.4', implementation: 'fovea' })
    expect(info.language_info).to.include({ name: 'typescript', file_extension: '.ts' })
    expect(await client.request('control', 'kernel_info_request', {})).to.deep.equal(info)
  })

  it('answers its heartbeat', async () => {
    expect(await client.isAlive()).to.equal(true)
  })

  it('frames every request with busy and idle', async () => {
    const states = []
    for await (const message of client.exchange('shell', 'kernel_info_request', {}))
      if (message.type === 'status') states.push(message.content.execution_state)
    expect(states).to.deep.equal(['busy', 'idle'])
  })

  it('counts cells, but neither silent ones nor those kept out of the history', async () => {
    const first = await run(client, '1')
    const silent = await run(client, '"quiet"; console.log(2)', { silent: true })
    expect(silent.messages.map(({ type }) => type)).to.deep.equal(['status', 'status'])
    await run(client, '3', { storeHistory: false })
    const next = await run(client, '4')
    expect(next.reply.execution_count).to.equal(first.reply.execution_count + 1)
  })

  it('evaluates user expressions among the variables', async () => {
    const { reply } = await run(client, 'let u = 20; const f = () => u', {
      userExpressions: { good: 'f() + 1', bad: 'nowhere' },
    })
    if (reply.status !== 'ok') throw new Error('the cell failed')
    expect(reply.user_expressions.good).to.deep.include({
      status: 'ok',
      data: { 'text/plain': '21' },
    })
    expect(reply.user_expressions.bad).to.include({ status: 'error', ename: 'ReferenceError' })
  })

  it('runs queued cells in order', async () => {
    const cells = ['await null; 1', '2', '3'].map((code) => run(client, code))
    expect((await Promise.all(cells)).map(({ result }) => result)).to.deep.equal(['1', '2', '3'])
  })

  it('aborts the queue after an error, and only what was sent before', async () => {
    const [failed, aborted] = await Promise.all([run(client, 'throw 1'), run(client, '2')])
    expect(failed.reply.status).to.equal('error')
    expect(aborted.reply.status).to.equal('aborted')
    expect(aborted.messages.map(({ type }) => type)).to.deep.equal(['status', 'status'])
    expect((await run(client, '3')).result).to.equal('3')
  })

  it('goes on after an error where stop_on_error is false', async () => {
    const [, next] = await Promise.all([
      run(client, 'throw 1', { stopOnError: false }),
      run(client, '2'),
    ])
    expect(next.result).to.equal('2')
  })

  it('drops messages with a bad signature', async () => {
    const forger = new KernelClient({ ...kernel.connection, key: 'another key' })
    const forged = forger.execute('globalThis.forged = true')
    const answered = await Promise.race([
      forged.reply.then(() => true),
      run(client, 'await new Promise((r) => setTimeout(r, 200))').then(() => false),
    ])
    expect(answered).to.equal(false)
    expect(
      (await run(client, '(globalThis as { forged?: boolean }).forged ?? "no"')).result,
    ).to.equal("'no'")
    forger.close()
  })

  it('survives messages that it does not know', async () => {
    client.send('shell', 'no_such_request', { a: 1 })
    client.send('shell', 'execute_request', {})
    expect((await run(client, '5')).result).to.equal('5')
  })

  it('remembers: the tail, a range, a search', async () => {
    const { reply } = await run(client, '"remember me"')
    await run(client, '"and me"')
    const n = reply.execution_count
    const inputs = async (query: Record<string, string | number | boolean>) =>
      (await client.history(query)).history.map(([, , input]) => input)
    expect(await inputs({ hist_access_type: 'tail', n: 2 })).to.deep.equal([
      '"remember me"',
      '"and me"',
    ])
    expect(await inputs({ hist_access_type: 'range', start: n, stop: n + 1 })).to.deep.equal([
      '"remember me"',
    ])
    expect(await inputs({ hist_access_type: 'search', pattern: '*rem?mber*' })).to.deep.equal([
      '"remember me"',
    ])
    const withOutput = await client.history({ hist_access_type: 'tail', n: 1, output: true })
    expect(withOutput.history[0]![2]).to.deep.equal(['"and me"', null])
  })

  it('asks for input where the front-end allows it', async () => {
    client.onInput = (prompt, password) => `${prompt}${password}`
    const asked = await run(client, 'await input("who? ", { password: true })', {
      allowStdin: true,
    })
    expect(asked.result).to.equal("'who? true'")
    const refused = await run(client, 'await input("who?")')
    expect(plain(refused.error!)).to.include('nobody is there to answer')
  })

  it('closes a comm that has no target', async () => {
    const exchange = client.exchange('shell', 'comm_open', {
      comm_id: 'c1',
      target_name: 't',
      data: {},
    })
    const types = []
    for await (const { type } of exchange) types.push(type)
    expect(types).to.deep.equal(['status', 'comm_close', 'status'])
    expect(await client.request('shell', 'comm_info_request', {})).to.deep.equal({
      status: 'ok',
      comms: {},
    })
  })

  it('welcomes every subscriber', async () => {
    const started = Date.now()
    const second = await KernelClient.connect(kernel.connection, 5000)
    expect(Date.now() - started).to.be.below(2000)
    expect((await run(second, '6')).result).to.equal('6')
    second.close()
  })
})
