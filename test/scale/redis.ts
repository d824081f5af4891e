/** A Redis server of one's own, as far as there is one on this machine. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const redisIsInstalled = spawnSync('redis-server', ['--version']).status === 0

/** Keeps what it is told in a file, and can be killed and started again. */
export class RedisServer {
  private process: ChildProcess | undefined

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await mkdtemp(join(tmpdir(), 'fovea-redis-')))
    await server.start()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const options = { port: this.port, bind: '127.0.0.1', dir: this.folder, appendonly: 'yes' }
    const settings = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`])
    const server = spawn('redis-server', [...settings, '--save', ''], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.process = server
    for await (const text of server.stdout.setEncoding('utf8'))
      if (String(text).includes('Ready to accept connections')) break
  }

  /** As kill -9 does. */
  async kill(): Promise<void> {
    const { process } = this
    if (!process || process.exitCode !== null) return
    process.kill('SIGKILL')
    await once(process, 'exit')
  }

  async remove(): Promise<void> {
    await this.kill()
    await rm(this.folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
