import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
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

describe('the command fovea', function () {
  this.timeout(60_000)

  it('prints help and version', async () => {
    expect((await fovea(['--help'])).stdout).to.include('fovea run lecture.ipynb')
    expect((await fovea(['--version'])).stdout).to.match(/^\d+\.\d+\.\d+\n$/)
  })

  it('names the nearest command to an unknown one', async () => {
    const { code, stderr } = await fovea(['instal'])
    expect(code).to.equal(2)
    expect(stderr).to.equal(
      "fovea: there is no command 'instal'; did you mean 'fovea install'? See fovea --help\n",
    )
  })

  it('has a help with examples for each command', async () => {
    for (const name of ['install', 'uninstall', 'run', 'convert', 'lab', 'doctor', 'kernel']) {
      const { code, stdout } = await fovea([name, '--help'])
      expect(code).to.equal(0)
      expect(stdout)
        .to.match(new RegExp(`^Usage: fovea ${name}\\b`))
        .and.match(/^ {2}fovea /m)
      expect(stdout.split('\n').filter((line) => line.length > 100)).to.deep.equal([])
      expect((await fovea(['help', name])).stdout).to.equal(stdout)
    }
  })

  it('kernel refuses a connection file that asks for other signatures', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fovea-cli-'))
    const file = join(folder, 'connection.json')
    await writeFile(file, JSON.stringify({ key: 'k', signature_scheme: 'hmac-md5' }))
    const { code, stderr } = await fovea(['kernel', file])
    await rm(folder, { recursive: true })
    expect(stderr).to.include("signatures by 'hmac-md5'; this kernel knows 'hmac-sha256' alone")
    expect(code).to.equal(1)
  })

  it('refuses unknown commands, contradictions and unknown options', async () => {
    const cases: [args: string[], message: string][] = [
      [['list'], "there is no command 'list'. See fovea --help"],
      [['install', '--user', '--prefix', '/tmp'], 'give one of --user, --prefix and --sys-prefix'],
      [['install', '--usr'], "Unknown option '--usr'; did you mean '--user'?"],
      [['install', 'here'], "'here' was not expected"],
      [['kernel'], 'CONNECTION_FILE'],
      [['convert', 'a.ipynb'], '--to is missing'],
      [['convert', 'a.ipynb', '--to', 'scrip'], 'did you mean --to script?'],
    ]
    for (const [args, message] of cases) {
      const { code, stderr } = await fovea(args)
      expect(stderr).to.include(message)
      expect(code).to.equal(2)
    }
  })
})
