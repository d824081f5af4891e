import { expect } from 'chai'
import { tmpdir } from 'node:os'
import { KernelClient } from '../../kernel/client.js'
import type { PublishedMessage } from '../../kernel/protocol.js'
import { startKernel, type StartedKernel } from '../../kernel/start.js'
import { run } from './helpers.js'

describe('kernel: client', () => {
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

  it('runs cells, and hears what they publish', async () => {
    const { stdout, result } = await run(client, 'console.log(1); 2')
    expect([stdout, result]).to.deep.equal(['1\n', '2'])
  })

  it('asks for completions, documentation, completeness and history', async () => {
    expect((await client.complete('Math.hyp')).matches).to.deep.equal(['hypot'])
    expect((await client.inspect('Math.hypot')).found).to.equal(true)
    expect(await client.isComplete('(')).to.deep.equal({ status: 'incomplete', indent: '  ' })
    const { history } = await client.history({ hist_access_type: 'tail', n: 1 })
    expect(history).to.deep.equal([[1, 1, 'console.log(1); 2']])
  })

  it('answers input requests', async () => {
    client.onInput = (prompt, password) => `${prompt}${password}`
    const { result } = await run(client, 'await input("who? ", { password: true })', {
      allowStdin: true,
    })
    expect(result).to.equal("'who? true'")
  })

  it('exchanges comm messages', async () => {
    await run(client, 'comms.register("t", (c) => c.onMessage((m) => c.send(m.data, m)))')
    const drained = async (messages: AsyncIterable<PublishedMessage>) => {
      const all = []
      for await (const message of messages) all.push(message)
      return all
    }
    await drained(client.comm('comm_open', { comm_id: 'c', target_name: 't', data: {} }))
    expect((await client.commInfo('t')).comms).to.deep.equal({ c: { target_name: 't' } })
    const buffers = [Buffer.from([1, 2])]
    const messages = client.comm('comm_msg', { comm_id: 'c', data: { n: 1 } }, { buffers })
    const [, echoed] = await drained(messages)
    expect(echoed!.content).to.deep.equal({ comm_id: 'c', data: { n: 1 } })
    expect(echoed!.buffers).to.deep.equal(buffers)
  })

  it('ignores a kernel that has another key', async () => {
    const stranger = new KernelClient({ ...kernel.connection, key: 'another key' })
    let heard = false
    stranger.onPublished = () => (heard = true)
    await run(client, '3')
    expect(heard).to.equal(false)
    stranger.close()
  })

  it('rejects what is under way when it is closed', async () => {
    const other = await KernelClient.connect(kernel.connection)
    const waiting = other.execute('await new Promise((r) => setTimeout(r, 200))').reply
    other.close()
    const error = await waiting.catch((reason: unknown) => reason)
    expect(error).to.be.an('error').with.property('message', 'the connection was closed')
  })

  it('feels the heart beat, and its end', async function () {
    this.timeout(30_000)
    const short = await startKernel({ cwd: tmpdir() })
    const observer = await KernelClient.connect(short.connection)
    expect(await observer.isAlive()).to.equal(true)
    await short.stop()
    expect(await observer.isAlive(300)).to.equal(false)
    observer.close()
  })
})
