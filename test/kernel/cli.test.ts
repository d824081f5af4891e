import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../dist/kernel/cli.js', import.meta.url))

function fovea(
  args: string[],
  env = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [command, ...args],
      { env: { ...process.env, ...env } },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}

describe('the command fovea', () => {
  it('prints help and version', async () => {
    expect((await fovea(['--help'])).stdout).to.include('fovea run NOTEBOOK')
    expect((await fovea(['--version'])).stdout).to.match(/^\d+\.\d+\.\d+\n$/)
  })

  it('names the nearest command to an unknown one', async () => {
    const { code, stderr } = await fovea(['instal'])
    expect(code).to.equal(2)
    expect(stderr).to.equal(
      "fovea: there is no command 'instal'; did you mean 'fovea install'? See fovea --help\n",
    )
  })

  it('installs a kernelspec that Jupyter can start', async () => {
    const prefix = await mkdtemp(join(tmpdir(), 'fovea-install-'))
    try {
      for (const [args, env, folder] of [
        [['--prefix', prefix], {}, join(prefix, 'share', 'jupyter', 'kernels', 'fovea')],
        [
          ['--user'],
          { JUPYTER_DATA_DIR: join(prefix, 'data') },
          join(prefix, 'data', 'kernels', 'fovea'),
        ],
      ] as const) {
        const { code, stdout, stderr } = await fovea(['install', ...args], env)
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
        expect(stdout).to.include(folder)
        const spec = JSON.parse(await readFile(join(folder, 'kernel.json'), 'utf8')) as Record<
          string,
          unknown
        >
        expect(spec).to.deep.include({
          argv: [process.execPath, command, 'kernel', '{connection_file}'],
          display_name: 'Fovea (TypeScript)',
          language: 'typescript',
          interrupt_mode: 'message',
        })
      }
    } finally {
      await rm(prefix, { recursive: true })
    }
  })

  it('refuses contradictions and unknown options', async () => {
    expect((await fovea(['install', '--user', '--prefix', '/tmp'])).stderr).to.include('not both')
    expect((await fovea(['install', '--usr'])).stderr).to.include("Unknown option '--usr'")
    expect((await fovea(['kernel'])).stderr).to.include('CONNECTION_FILE')
  })
})
