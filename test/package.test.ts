import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { viz, writeOnnx } from '../src/index.js'
import { fixture } from './reference.js'

const root = fileURLToPath(new URL('../', import.meta.url))
const run = promisify(execFile)

interface Packed {
  size: number
  files: { path: string }[]
}

/** The program of README's section on one's own network. */
function ownNetwork(): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  return /```js\n(import [^]*?)```/.exec(readme)![1]!
}

describe('the package', function () {
  this.timeout(60_000)
  let folder: string
  let packed: Packed

  before(async function () {
    if (!existsSync(join(root, 'dist/kernel/cli.js'))) this.skip() // npm run build
    folder = await mkdtemp(join(tmpdir(), 'fovea-package-'))
    const options = ['pack', '--dry-run', '--json', '--ignore-scripts']
    const { stdout } = await run('npm', options, { cwd: root, shell: process.platform === 'win32' })
    ;[packed] = JSON.parse(stdout) as [Packed]
  })
  after(async () => {
    if (folder) await rm(folder, { recursive: true })
  })

  it('has what its package.json names, all sources and notebooks, no tests, and is no larger than 10 MB', async () => {
    const paths = new Set(packed.files.map(({ path }) => path))
    const json = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      main: string
      types: string
      bin: Record<string, string>
    }
    for (const path of [json.main, json.types, ...Object.values(json.bin), 'README.md', 'LICENSE'])
      expect(paths).include(path.replace('./', ''))
    for (const name of await readdir(join(root, 'models'))) expect(paths).include(`models/${name}`)
    for (const kind of ['lectures', 'labs'])
      for (const name of await readdir(join(root, 'notebooks', kind)))
        expect(paths).include(`notebooks/${kind}/${name}`)
    const strange = [...paths].filter((path) => /^(test|bench|docs|out)\//.test(path))
    expect(strange).deep.equal([])
    expect(packed.size).below(10e6)
  })

  it('explains a network and a photo of one’s own in five lines, in an empty folder', async () => {
    // As `npm install` lays it out, but for the packages it needs, which are those here.
    const modules = join(folder, 'node_modules')
    await mkdir(modules)
    for (const name of await readdir(join(root, 'node_modules')))
      if (!name.startsWith('.'))
        await symlink(join(root, 'node_modules', name), join(modules, name), 'junction')
    for (const { path } of packed.files) {
      const to = join(modules, 'fovea', path)
      await mkdir(dirname(to), { recursive: true })
      await copyFile(join(root, path), to)
    }
    const weights = fileURLToPath(fixture('squeezenet1_1/weights.safetensors'))
    const { graph } = await viz.model('squeezenet1_1', { weights })
    await writeFile(join(folder, 'my-network.onnx'), writeOnnx(graph))
    await cp(fixture('dog_cat_224.png'), join(folder, 'photo.jpg'))

    const program = ownNetwork()
    expect(program.trim().split('\n')).length(5)
    await writeFile(join(folder, 'explain.mjs'), `${program}console.log(String(why))\n`)
    const { stdout } = await run(process.execPath, ['explain.mjs'], { cwd: folder })
    expect(stdout).match(/43\.\d % {2}bull mastiff/)
    expect(stdout).include('Grad-CAM: bull mastiff')
    const picture = await readFile(join(folder, 'why.png'))
    expect(picture.subarray(1, 4).toString()).equal('PNG')
  })
})
