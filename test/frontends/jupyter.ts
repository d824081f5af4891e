/** A Jupyter of its own: folders that are thrown away after, and in them our kernel as users install it. */
import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { python } from './machine.js'
import { runProgram, stopProgram, type Ended } from './programs.js'

export const lectures = fileURLToPath(new URL('../../notebooks/lectures/', import.meta.url))
const command = fileURLToPath(new URL('../../dist/kernel/cli.js', import.meta.url))

/** One code cell as it stands in a notebook's file. */
export interface NotebookCell {
  cell_type: string
  source: string | string[]
  outputs: NotebookOutput[]
}

export interface NotebookOutput {
  output_type: string
  data?: Record<string, unknown>
  text?: string | string[]
  evalue?: string
}

export interface Server {
  /** With a slash at the end. */
  url: string
  token: string
}

export class Jupyter {
  private readonly servers: (() => Promise<void>)[] = []

  private constructor(
    readonly folder: string,
    readonly env: NodeJS.ProcessEnv,
  ) {}

  /** Where running kernels and servers have their connection files. */
  get runtime(): string {
    return join(this.folder, 'runtime')
  }

  /** Makes the folders and installs the kernel. */
  static async create(): Promise<Jupyter> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'fovea-frontends-')))
    const env = {
      ...process.env,
      JUPYTER_PATH: join(folder, 'prefix/share/jupyter'),
      JUPYTER_DATA_DIR: join(folder, 'data'),
      JUPYTER_CONFIG_DIR: join(folder, 'config'),
      JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
      IPYTHONDIR: join(folder, 'ipython'),
      PYDEVD_DISABLE_FILE_VALIDATION: '1',
    }
    const prefix = join(folder, 'prefix')
    await runProgram([process.execPath, command, 'install', '--prefix', prefix], {
      cwd: folder,
      env,
    })
    return new Jupyter(folder, env)
  }

  /** Runs a Python program to its end, in the folder. */
  python(args: string[], options: { input?: string; timeout?: number } = {}): Promise<Ended> {
    return runProgram([python, ...args], { cwd: this.folder, env: this.env, ...options })
  }

  /** Starts a server of notebooks, those in the folder, and waits until it answers. */
  async serve(module: 'notebook' | 'jupyter_server', settings: string[] = []): Promise<Server> {
    const place = ['--no-browser', '--allow-root', '--ip=127.0.0.1', `--port=${await freePort()}`]
    const child = spawn(python, ['-m', module, ...place, ...settings], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    this.servers.push(() => stopProgram(child))
    let log = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-5000)))

    const prefix = module === 'notebook' ? 'nbserver' : 'jpserver'
    const about = join(this.runtime, `${prefix}-${child.pid}.json`)
    for (let i = 0; i < 600 && child.exitCode === null; i++) {
      const server = await readFile(about, 'utf8').then(
        (text) => JSON.parse(text) as Server,
        () => undefined,
      )
      const answer =
        server && (await fetch(`${server.url}api?token=${server.token}`).catch(() => undefined))
      if (server && answer?.ok) return server
      await sleep(100)
    }
    throw new Error(`${module} does not answer\n${log}`)
  }

  /** Changes a notebook behind Jupyter's back, whose signature of it is then no longer valid. */
  async tamper(name: string, text: string, other: string): Promise<void> {
    const file = join(this.folder, name)
    const before = await readFile(file, 'utf8')
    expect(before).to.include(text)
    await writeFile(file, before.replace(text, other))
  }

  /** The code cells of a notebook in the folder. */
  async codeCells(name: string): Promise<NotebookCell[]> {
    const text = await readFile(join(this.folder, name), 'utf8')
    const { cells } = JSON.parse(text) as { cells: NotebookCell[] }
    return cells.filter(({ cell_type }) => cell_type === 'code')
  }

  /** Ends the servers and removes the folders; fails where a kernel has outlived its front-end. */
  async remove(): Promise<void> {
    await Promise.all(this.servers.map((stop) => stop()))
    let left = await this.kernels()
    for (let i = 0; i < 100 && left.length > 0; i++) {
      await sleep(100)
      left = await this.kernels()
    }
    for (const pid of left) process.kill(pid, 'SIGKILL')
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
    expect(left, 'kernels that outlived their front-end').to.deep.equal([])
  }

  /** The process ids of kernels that were started here. */
  private async kernels(): Promise<number[]> {
    const ids = (await readdir('/proc')).map(Number).filter(Boolean)
    const lines = await Promise.all(
      ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')),
    )
    return ids.filter((_, i) => lines[i]!.includes(command) && lines[i]!.includes(this.folder))
  }
}

/** The names of the shipped lectures. */
export async function lectureNames(): Promise<string[]> {
  const names = (await readdir(lectures)).filter((name) => name.endsWith('.ipynb')).sort()
  expect(names, 'lectures').to.not.be.empty
  return names
}

/** The notebook's JSON, of these code cells. */
export function notebook(sources: string[]): string {
  const cells = sources.map((source, i) => ({
    cell_type: 'code',
    id: `cell-${i}`,
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  }))
  const kernelspec = { name: 'fovea', display_name: 'Fovea (TypeScript)', language: 'typescript' }
  return JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 })
}

/** A port that is free now; the server takes another if it no longer is. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
