import { createCanvas, loadImage } from 'canvas'
import { expect } from 'chai'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run as install } from '../../kernel/commands/install.js'
import {
  commandFile,
  installKernelspec,
  type Kernelspec,
  KernelspecError,
  readKernelspec,
  temporaryPlace,
  uninstallKernelspec,
} from '../../kernel/install.js'
import { dataFolders, type Surroundings, userDataFolder } from '../../kernel/jupyter-folders.js'
import { rejection } from '../rejection.js'

describe('the kernelspec', () => {
  let data: string
  beforeEach(async () => {
    data = await realpath(await mkdtemp(join(tmpdir(), 'fovea-install-')))
  })
  afterEach(() => rm(data, { recursive: true }))

  it('is what Jupyter can start, with logos', async () => {
    const env = { FOVEA_MODELS: '/models' }
    const folder = await installKernelspec(data, { env })
    expect(folder).to.equal(join(data, 'kernels', 'fovea'))
    const spec = JSON.parse(await readFile(join(folder, 'kernel.json'), 'utf8')) as Kernelspec
    expect(spec).to.deep.include({
      argv: [process.execPath, commandFile, 'kernel', '{connection_file}'],
      display_name: 'Fovea (TypeScript)',
      language: 'typescript',
      interrupt_mode: 'message',
      env,
    })
    expect((await readdir(folder)).sort()).to.deep.equal(
      ['kernel.json', 'logo-32x32.png', 'logo-64x64.png', 'logo-svg.svg'], // and nothing half-written
    )
    for (const size of [32, 64]) {
      const logo = await loadImage(join(folder, `logo-${size}x${size}.png`))
      expect([logo.width, logo.height]).to.deep.equal([size, size])
      const context = createCanvas(size, size).getContext('2d')
      context.drawImage(logo, 0, 0)
      const at = (x: number, y: number) => [...context.getImageData(x * size, y * size, 1, 1).data]
      expect(at(0.5, 0.5)).to.deep.equal([255, 159, 28, 255]) // the fovea is lit
      expect(at(0, 0)[3]).to.equal(0) // around the eye it is transparent
    }
  })

  it('is written anew over an older one of ours, never over another kernel’s', async () => {
    await installKernelspec(data, { displayName: 'older' })
    const folder = await installKernelspec(data)
    expect((await readKernelspec(folder))?.display_name).to.equal('Fovea (TypeScript)')

    const other = join(data, 'kernels', 'python3')
    await mkdir(other)
    const text = '{"argv": ["python"], "display_name": "Python 3", "language": "python"}'
    await writeFile(join(other, 'kernel.json'), text)
    for (const act of [installKernelspec, uninstallKernelspec]) {
      const error = await rejection(act(data, { name: 'python3' }))
      expect(error).to.be.instanceOf(KernelspecError)
      expect(error.message).to.include("another kernel ('Python 3')")
    }
    expect(await readFile(join(other, 'kernel.json'), 'utf8')).to.equal(text)
  })

  it('is removed without what others put beside it', async () => {
    const folder = await installKernelspec(data, { name: 'mine' })
    await writeFile(join(folder, 'kernel.js'), '')
    expect(await uninstallKernelspec(data, { name: 'mine' })).to.deep.equal({
      folder,
      kept: ['kernel.js'],
    })
    expect(await readdir(folder)).to.deep.equal(['kernel.js'])

    await installKernelspec(data)
    expect((await uninstallKernelspec(data)).kept).to.deep.equal([])
    expect(await readdir(join(data, 'kernels'))).to.deep.equal(['mine'])
    expect((await rejection(uninstallKernelspec(data))).message).to.include(
      'there is no kernelspec',
    )
  })

  it('takes only names that Jupyter takes', async () => {
    for (const name of ['', '../x', 'A b', '.hidden']) {
      const error = await rejection(installKernelspec(data, { name }))
      expect(error.message).to.include("cannot be a kernel's name")
    }
    expect(await readdir(data)).to.deep.equal([])
  })

  it('goes where the command’s options say', async () => {
    const { log } = console
    const lines: string[] = []
    console.log = (line: string) => lines.push(line)
    const { VIRTUAL_ENV } = process.env
    process.env.VIRTUAL_ENV = join(data, 'env')
    try {
      expect(await install(['--prefix', data, '--name', 'a'])).to.equal(0)
      expect(await install(['--sys-prefix', '--display-name', 'B'])).to.equal(0)
    } finally {
      console.log = log
      if (VIRTUAL_ENV === undefined) delete process.env.VIRTUAL_ENV
      else process.env.VIRTUAL_ENV = VIRTUAL_ENV
    }
    expect(lines[0]).to.include(join(data, 'share', 'jupyter', 'kernels', 'a'))
    expect(lines[1])
      .to.include('"B"')
      .and.include(join(data, 'env', 'share', 'jupyter'))
  })

  it('dangles where the package does not stay', async () => {
    expect(await temporaryPlace('/home/a/.npm/_npx/0123/node_modules/fovea/')).to.include('npx')
    expect(await temporaryPlace('/home/a/.cache/pnpm/dlx/1/node_modules/fovea/')).to.include('npx')
    expect(await temporaryPlace(data)).to.equal('a temporary folder')
    expect(await temporaryPlace('/usr/lib/node_modules/fovea/')).to.equal(undefined)
  })
})

describe('Jupyter’s folders', () => {
  const around = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Surroundings => ({
    platform,
    env,
    home: platform === 'win32' ? 'C:\\Users\\a' : '/home/a',
  })

  it('of a user are those of the documentation', () => {
    const cases: [NodeJS.Platform, NodeJS.ProcessEnv, string][] = [
      ['linux', {}, '/home/a/.local/share/jupyter'],
      ['linux', { XDG_DATA_HOME: '/data' }, '/data/jupyter'],
      ['linux', { XDG_DATA_HOME: '/data', JUPYTER_DATA_DIR: '/own' }, '/own'],
      ['darwin', { XDG_DATA_HOME: '/data' }, '/home/a/Library/Jupyter'],
      ['darwin', { JUPYTER_PLATFORM_DIRS: '1' }, '/home/a/Library/Application Support/Jupyter'],
      ['win32', { APPDATA: 'C:\\Roaming' }, 'C:\\Roaming\\jupyter'],
      ['win32', {}, 'C:\\Users\\a\\.jupyter\\data'],
      ['win32', { JUPYTER_CONFIG_DIR: 'D:\\c' }, 'D:\\c\\data'],
      ['win32', { JUPYTER_PLATFORM_DIRS: 'true', LOCALAPPDATA: 'C:\\L' }, 'C:\\L\\Jupyter'],
    ]
    for (const [platform, env, folder] of cases)
      expect(userDataFolder(around(platform, env)), JSON.stringify(env)).to.equal(folder)
  })

  it('are searched in its order', () => {
    const user = '/home/a/.local/share/jupyter'
    const system = ['/usr/local/share/jupyter', '/usr/share/jupyter']
    const search = (env: NodeJS.ProcessEnv) => dataFolders(around('linux', env))
    expect(search({})).to.deep.equal([user, ...system])
    const [venv, conda] = ['/v/share/jupyter', '/c/share/jupyter']
    expect(search({ VIRTUAL_ENV: '/v' })).to.deep.equal([venv, user, ...system])
    expect(search({ CONDA_PREFIX: '/c' })).to.deep.equal([conda, user, ...system])
    expect(search({ CONDA_PREFIX: '/c', CONDA_DEFAULT_ENV: 'base' })[0]).to.equal(user)
    expect(search({ VIRTUAL_ENV: '/v', JUPYTER_PREFER_ENV_PATH: '0' })[0]).to.equal(user)
    expect(search({ JUPYTER_PATH: '/x:/y' }).slice(0, 3)).to.deep.equal(['/x', '/y', user])
    expect(search({ XDG_DATA_HOME: '/x' })).to.deep.equal(['/x/jupyter', user, ...system])
    const preferring = around('linux', { JUPYTER_PREFER_ENV_PATH: '1' })
    expect(dataFolders(preferring, '/p')).to.deep.equal(['/p/share/jupyter', user, ...system])
    expect(dataFolders(preferring, '/usr')).to.deep.equal([user, ...system])
    const windows = around('win32', {
      APPDATA: 'C:\\R',
      PROGRAMDATA: 'C:\\P',
      JUPYTER_PATH: 'C:\\x;D:\\y',
    })
    expect(dataFolders(windows)).to.deep.equal([
      'C:\\x',
      'D:\\y',
      'C:\\R\\jupyter',
      'C:\\P\\jupyter',
    ])
  })
})
