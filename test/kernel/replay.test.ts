import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { readNotebook, writeNotebook } from '../../kernel/notebook/format.js'
import { recordsOfCells } from '../../kernel/replay/records.js'
import { code, newNotebook } from '../../kernel/templates/cells.js'

const cli = fileURLToPath(new URL('../../dist/kernel/cli.js', import.meta.url))

const fovea = (...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })

describe('fovea replay', function () {
  this.timeout(60_000)
  let folder: string
  const at = (name: string) => join(folder, name)

  before(async function () {
    if (!existsSync(cli)) this.skip() // the kernel runs compiled: npm run build
    folder = await mkdtemp(join(tmpdir(), 'fovea-replay-'))
    const cells = [
      code(
        'load',
        "const net = await viz.model('scenes')\nconst { image } = viz.scenes({ seed: 7 }).get(0)",
      ),
      code('maps', 'viz.row(viz(net).on(image).predict(), viz(net).on(image).saliency())'),
      code('text', "console.log('loss', 0.25)"),
      code('wrong', "throw new RangeError('on purpose')"),
    ]
    await writeNotebook(at('executed.ipynb'), newNotebook(cells))
    const run = await fovea('run', at('executed.ipynb'), '-o', at('executed.ipynb'))
    expect(run.status, run.stderr).equal(1) // the last cell fails, and is to fail again
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('finds the same results again, and writes a lock file', async () => {
    const notebook = await readNotebook(at('executed.ipynb'))
    const stored = recordsOfCells(notebook.cells.filter((cell) => cell.cell_type === 'code'))
    expect(stored.map(({ method }) => method)).deep.equal(['predict', 'saliency'])

    const before = await readFile(at('executed.ipynb'), 'utf8')
    const lock = at('fovea.lock.json')
    const { status, stdout, stderr } = await fovea('replay', at('executed.ipynb'), '--lock', lock)
    expect(status, stdout + stderr).equal(0)
    expect(stdout).match(/: 2 results, 1 picture, 2 texts compared; no cell differs\. /)
    expect(stdout).include(`Lock file: ${lock}`)
    expect(JSON.parse(await readFile(lock, 'utf8'))).deep.include({
      networks: { scenes: [stored[0]!.digest] },
    })
    expect(await readFile(at('executed.ipynb'), 'utf8')).equal(before)
  })

  it('says which cell differs in what, and by how much', async () => {
    const notebook = await readNotebook(at('executed.ipynb'))
    const text = JSON.stringify(notebook)
    const changed = text
      .replace('loss 0.25', 'loss 0.75')
      .replace(/"shape":\[1,96,96\],"sketch":\[[^,]*,/, '"shape":[1,96,96],"sketch":[9,')
      .replace(/("mean":[^}]*"sha256":")[0-9a-f]+("[^}]*\[1,96,96\])/, `$1${'0'.repeat(64)}$2`)
    await writeFile(at('changed.ipynb'), changed)
    const { fovea: version } = recordsOfCells(
      notebook.cells.filter((cell) => cell.cell_type === 'code'),
    )[0]!
    const locked = { lockfileVersion: 1, fovea: version, engines: [], networks: { scenes: ['0'] } }
    await writeFile(at('other.lock.json'), JSON.stringify(locked))

    const { status, stdout } = await fovea(
      ...['replay', at('changed.ipynb'), '--lock', at('other.lock.json')],
      ...['--junit', at('report.xml'), '-q'],
    )
    expect(status).equal(1)
    expect(stdout).include('cell [2] differs: viz.row(')
    expect(stdout).match(
      /saliency: data\n {4}before {2}norm .*\n {4}now {5}norm .*\n.*\d\.\de\+0 of their norm apart; 1\.0e-4 is allowed/,
    )
    expect(stdout).include('cell [3] differs: console.log').and.include('before  loss 0.75')
    expect(stdout).not.include('cell [4]').and.not.include('predict:')
    expect(stdout).include("lock: network 'scenes'\n    before  0\n")
    const report = await readFile(at('report.xml'), 'utf8')
    expect(report).include('<testsuites name="fovea replay" tests="4" failures="2"')
    expect(report).include('<failure type="Difference" message="saliency: data">')
  })

  it('runs a notebook without outputs twice', async () => {
    const cells = [
      code('same', '6 * 7'),
      code('chance', 'Math.random()'),
      { ...code('ignored', 'Math.random()'), metadata: { tags: ['nbval-ignore-output'] } },
    ]
    await writeNotebook(at('new.ipynb'), newNotebook(cells))
    const { status, stdout } = await fovea('replay', at('new.ipynb'))
    expect(status).equal(1)
    expect(stdout).include('cell [2] differs: Math.random()')
    expect(stdout).include(
      'new.ipynb, run twice: 0 results, 0 pictures, 2 texts compared; 1 cell differs.',
    )
  })

  it('explains what it does not understand', async () => {
    for (const [args, message] of [
      [['--tolerance', 'much'], '--tolerance much: a share, 0 or more was expected'],
      [['--lock', at('executed.ipynb')], 'a lock file of version 1 was expected'],
      [['--tolerence', '1'], "did you mean '--tolerance'?"],
    ] as const) {
      const { status, stderr } = await fovea('replay', at('executed.ipynb'), ...args)
      expect(status).equal(2)
      expect(stderr).include(message)
    }
  })
})
