/** Starts a kernel as Jupyter does: a connection file, a process, and a wait until it answers. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KernelClient } from './client.js'
import type { ConnectionInfo } from './protocol.js'

export interface StartOptions {
  /** The working directory of the kernel, where a notebook's relative paths begin. Default: this process's. */
  cwd?: string
  /** Environment variables to add or replace; undefined removes one. Default none. */
  env?: Record<string, string | undefined>
  /** Milliseconds to wait until the kernel answers. Default 60000. */
  timeout?: number
}

export interface StartedKernel {
  connection: ConnectionInfo
  /** The front process. */
  process: ChildProcess
  /** Asks the kernel to end, kills it if it does not within two seconds, and removes its files. */
  stop(): Promise<void>
}

/**
 * Starts a kernel of this package and waits until it answers.
 *
 * @throws if the kernel ends, or does not answer in time; the message holds what it wrote to stderr.
 *
 * @example
 * const kernel = await startKernel({ cwd: 'notebooks' })
 * const client = await KernelClient.connect(kernel.connection)
 * // …
 * client.close()
 * await kernel.stop()
 */
export async function startKernel(options: StartOptions = {}): Promise<StartedKernel> {
  const { cwd = process.cwd(), env = {}, timeout = 60_000 } = options
  const folder = await mkdtemp(join(tmpdir(), 'fovea-kernel-'))
  const connection = await newConnection()
  const connectionFile = join(folder, 'connection.json')
  await writeFile(connectionFile, JSON.stringify(connection), { mode: 0o600 })

  const child = spawn(process.execPath, [commandFile(), 'kernel', connectionFile], {
    cwd,
    env: { ...process.env, ...env, JPY_PARENT_PID: String(process.pid) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (data: Buffer) => (stderr = (stderr + data.toString()).slice(-4000)))
  const ended = once(child, 'exit')

  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      const kill = setTimeout(() => child.kill('SIGKILL'), 2000)
      await ended
      clearTimeout(kill)
    }
    await rm(folder, { recursive: true, force: true })
  }

  const client = new KernelClient(connection)
  try {
    const failed = ended.then(() =>
      Promise.reject(new Error(`the kernel ended at its start\n${stderr}`)),
    )
    const answered = Promise.all([client.welcome, client.kernelInfo()])
    await within(timeout, Promise.race([answered, failed]))
  } catch (error) {
    await stop()
    throw error
  } finally {
    client.close()
  }
  return { connection, process: child, stop }
}

/** The compiled command; from the sources (as under tsx) it is found in `dist`. */
function commandFile(): string {
  const inSources = import.meta.url.endsWith('.ts')
  return fileURLToPath(new URL(inSources ? '../dist/kernel/cli.js' : './cli.js', import.meta.url))
}

async function newConnection(): Promise<ConnectionInfo> {
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = await freePorts(5)
  return {
    transport: 'tcp',
    ip: '127.0.0.1',
    shell_port: shell_port!,
    iopub_port: iopub_port!,
    stdin_port: stdin_port!,
    control_port: control_port!,
    hb_port: hb_port!,
    key: randomUUID(),
    signature_scheme: 'hmac-sha256',
    kernel_name: 'fovea',
  }
}

/** Ports that are free now: all are held at once, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`the kernel did not answer within ${milliseconds / 1000} s`)
    timer = setTimeout(() => reject(error), milliseconds)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
