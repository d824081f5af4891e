import { expect } from 'chai'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { embed } from '../../src/embeddings/embed.js'
import type { Network } from '../../src/network/network.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { remakeable } from '../../src/training/prefetch.js'
import { chooseSignal } from '../../src/work/index.js'
import { rejection } from '../rejection.js'
import { type Trouble, troubled as withTrouble } from './data.js'
import { redisIsInstalled, RedisServer } from './redis.js'
import { same } from './same.js'

const module = new URL('./data.ts', import.meta.url)
const troubled = (trouble: Trouble) => remakeable(module, 'troubled', trouble)
const cli = fileURLToPath(new URL('../../kernel/cli.ts', import.meta.url))

describe('workers at a queue', function () {
  this.timeout(60_000)
  let net: Network
  let folder: string
  let server: RedisServer
  let redis: Redis
  const workers: ChildProcess[] = []

  /** A worker that has come as far as to wait for shards. */
  async function worker(...options: string[]): Promise<ChildProcess> {
    const started = spawn(
      process.execPath,
      ['--import', 'tsx', cli, 'worker', '--queue', server.url, '--lost-after', '2', ...options],
      { stdio: ['ignore', 'inherit', 'pipe'] },
    )
    workers.push(started)
    await new Promise<void>((resolve, reject) => {
      started.on('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
      started.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes('waiting for shards')) resolve()
      })
    })
    return started
  }

  before(async function () {
    if (!redisIsInstalled) {
      console.log('NOTICE: the queue is not tested, since redis-server is not installed')
      this.skip()
    }
    net = await zooNetwork('scenes')
    folder = await mkdtemp(join(tmpdir(), 'fovea-queue-'))
    server = await RedisServer.start()
    redis = new Redis(server.url, { maxRetriesPerRequest: null })
    redis.on('error', () => undefined)
    await Promise.all([worker('--modules'), worker('--modules')])
  })
  after(async () => {
    if (!redisIsInstalled) return
    for (const one of workers) one.kill('SIGKILL')
    redis.disconnect()
    await server.remove()
    await rm(folder, { recursive: true })
    await net.release()
  })

  /** How many shards are done of the jobs in Redis. */
  const done = async (): Promise<number> => {
    const counts = (await redis.keys('fovea:parts:*')).map((key) => redis.hlen(key))
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
  }
  const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
    while (!(await condition())) await sleep(20)
  }

  it('give the same numbers, though one is killed in its shard, and Redis killed and started again', async () => {
    const file = join(folder, 'killed')
    const data = await troubled({ deadly: 35, file, slow: 60 })
    const running = embed(net, data, 'conv3', { batch: 5, queue: server.url })
    await until(() => existsSync(`${file}.0`))
    await until(async () => (await done()) > 8)
    await server.kill()
    await sleep(500)
    await server.start()
    const found = await running
    same(found, await embed(net, withTrouble({}), 'conv3', { batch: 5 }))
    expect(found.interrupted).equal(false)
    expect(await done()).equal(24)
    const ended = workers.filter(({ signalCode }) => signalCode === 'SIGKILL')
    expect(ended.length).equal(1)
  })

  it('go on where an interrupt stopped, and leave nothing in the queue then', async () => {
    await redis.flushall()
    const data = await troubled({ slow: 60 })
    const stop = new AbortController()
    const options = { batch: 5, queue: server.url }
    try {
      chooseSignal(stop.signal)
      const running = embed(net, data, 'conv2', options)
      await until(async () => (await done()) > 3)
      stop.abort()
      const first = await running
      expect(first.interrupted).equal(true)
      expect(first.shape[0]).within(5, 115)
      chooseSignal(undefined)
      await until(async () => (await redis.llen(`fovea:shards-0.1.0:active`)) === 0)
      expect(await redis.keys('fovea:shards-*:wait')).deep.equal([])
      const before = await done()
      expect(before).within(4, 23)
      const whole = await embed(net, data, 'conv2', options)
      same(whole, await embed(net, withTrouble({}), 'conv2', { batch: 5 }))
    } finally {
      chooseSignal(undefined)
    }
  })

  it('say what one process would say of a picture that cannot be read', async () => {
    const data = await troubled({ broken: 33 })
    const error = await rejection(embed(net, data, 'conv3', { batch: 10, queue: server.url }))
    expect(error.message).equal('picture 33 cannot be read')
  })

  it('load no code that a job names, unless they are told to; and end when they are asked', async () => {
    for (const one of workers) one.kill('SIGTERM')
    await until(() => workers.every(({ exitCode, signalCode }) => exitCode !== null || signalCode))
    expect(workers.map(({ exitCode }) => exitCode).sort()).deep.equal([143, null])
    const careful = await worker()
    const running = embed(net, await troubled({}), 'conv1', { queue: server.url })
    expect((await rejection(running)).message).match(/which this worker may not load unless/)
    careful.kill('SIGTERM')
    expect(await once(careful, 'exit')).deep.equal([143, null])
  })
})
