import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Check, Group } from '../../kernel/doctor/check.js'
import { installKernelspec, type Kernelspec } from '../../kernel/install.js'

const command = fileURLToPath(new URL('../../dist/kernel/cli.js', import.meta.url))

interface Report {
  ok: boolean
  groups: Group[]
}

function doctor(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } }
    execFile(process.execPath, [command, 'doctor', ...args], options, (error, stdout) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout }),
    )
  })
}

describe('fovea doctor', function () {
  this.timeout(120_000)
  let folder: string
  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'fovea-doctor-')))
  })
  after(() => rm(folder, { recursive: true }))

  const find = ({ groups }: Report, name: string): Check | undefined =>
    groups.flatMap(({ checks }) => checks).find((check) => check.name === name)

  it('tries the engines and the kernel, and finds what is installed', async () => {
    const data = join(folder, 'good')
    const installed = await installKernelspec(data)
    const env = { JUPYTER_DATA_DIR: data, JUPYTER_PREFER_ENV_PATH: '0', FOVEA_MODELS: folder }
    const { code, stdout } = await doctor(['--json'], env)
    const report = JSON.parse(stdout) as Report
    expect({ code, ok: report.ok }, stdout).to.deep.equal({ code: 0, ok: true })
    expect(find(report, 'onnx, cpu')?.detail).to.match(/onnxruntime-node .* in \d+ ms/)
    expect(find(report, 'tensorflow, plain')?.state).to.equal('good')
    expect(find(report, 'Kernel')?.detail).to.match(/ready after \d.* first cell in \d/)
    expect(find(report, 'Node')?.detail).to.include(process.versions.node)
    expect(find(report, "Kernelspec 'fovea'")).to.deep.include({ state: 'good', detail: installed })
    expect(find(report, 'FOVEA_MODELS')).to.deep.include({ state: 'good', detail: folder })
  })

  it('names what is broken, with what to do about it, and exits with 1', async () => {
    const data = join(folder, 'bad')
    const installed = await installKernelspec(data)
    const file = join(installed, 'kernel.json')
    const spec = JSON.parse(await readFile(file, 'utf8')) as Kernelspec
    spec.argv[1] = join(folder, 'gone', 'cli.js')
    await writeFile(file, JSON.stringify(spec))
    const older = await installKernelspec(data, { name: 'older' })
    spec.argv[1] = process.execPath
    spec.metadata = { fovea: { version: '0.0.1' } }
    await writeFile(join(older, 'kernel.json'), JSON.stringify(spec))
    await mkdir(join(folder, 'home'))
    const env = {
      JUPYTER_DATA_DIR: data,
      FOVEA_MODELS: join(folder, 'nowhere'),
      PATH: '',
      HOME: join(folder, 'home'),
    }
    const { code, stdout } = await doctor([], env)
    expect(code).to.equal(1)
    expect(stdout).to.match(
      /✗ Kernelspec 'fovea' .*gone.*cli\.js, which is not there\n +→ 'fovea install'/,
    )
    expect(stdout).to.match(/✗ Kernelspec 'older' .*version 0\.0\.1/)
    expect(stdout).to.match(/✗ FOVEA_MODELS .*nowhere is not there/)
    expect(stdout).to.match(/– Python .*none on the PATH/)
    expect(stdout).to.match(/✓ onnx, cpu/)
    expect(stdout).to.include("Broken: Kernelspec 'fovea'; Kernelspec 'older'; FOVEA_MODELS")
    expect(stdout).not.to.include('\x1b')
  })
})
