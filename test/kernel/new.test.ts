import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../kernel/commands/new.js'
import { readAssignment } from '../../kernel/lab/assignment.js'
import { release } from '../../kernel/lab/release.js'
import { readNotebook } from '../../kernel/notebook/format.js'
import { runNotebook } from '../../kernel/notebook/run.js'
import { rejection } from '../rejection.js'

const isBuilt = existsSync(new URL('../../dist/kernel/cli.js', import.meta.url))

describe('fovea new', function () {
  this.timeout(60_000)
  let folder: string
  const at = (name: string) => join(folder, name)
  const write = process.stdout.write.bind(process.stdout)

  /** Runs the command, and keeps what it prints from the report of the tests. */
  async function makeNew(...args: string[]): Promise<number> {
    process.stdout.write = () => true
    try {
      return await run(args)
    } finally {
      process.stdout.write = write
    }
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fovea-new-'))
  })
  after(() => rm(folder, { recursive: true }))

  it('writes a lecture that runs', async function () {
    expect(await makeNew('lecture', at('lectures/07-class-scores'))).equal(0)
    const lecture = await readNotebook(at('lectures/07-class-scores.ipynb'))
    expect(lecture.cells[0]!.source).match(/^# Class scores\n/)
    expect(lecture.cells.map(({ id }) => id)).include.members(['exercise', 'references'])
    if (!isBuilt) this.skip() // the kernel runs compiled: npm run build
    const runs = await runNotebook(lecture, { cwd: folder })
    expect(runs.map(({ error }) => error)).deep.equal(runs.map(() => undefined))
    expect(JSON.stringify(runs.at(-1)!.cell.outputs)).include('Not yet: 0')
  })

  it('writes a lab whose solution passes, and whose student version does not hold it', async function () {
    expect(await makeNew('lab', at('softmax.ipynb'), '--title', 'Softmax by hand')).equal(0)
    const lab = readAssignment(await readNotebook(at('softmax.ipynb')), 'softmax')
    expect(lab.notebook.cells[0]!.source).match(/^# Softmax by hand\n/)
    if (!isBuilt) this.skip()
    // All of what `fovea lab verify` does takes longer than a test should.
    const runs = await runNotebook(lab.notebook, { cwd: folder })
    expect(runs.map(({ error }) => error)).deep.equal(runs.map(() => undefined))
    const student = release(lab)
    expect(JSON.stringify(student)).not.match(/exponentials|large scores|a good answer/)
  })

  it('leaves what is there alone, and explains what it does not understand', async () => {
    await makeNew('lecture', at('mine'))
    const before = await readFile(at('mine.ipynb'), 'utf8')
    const refused = async (...args: string[]) => (await rejection(makeNew(...args))).message
    expect(await refused('lab', at('mine'))).include('is there already')
    expect(await readFile(at('mine.ipynb'), 'utf8')).equal(before)
    expect(await refused('lectur', 'a')).include("did you mean 'lecture'?")
    expect(await refused()).include("'lecture' or 'lab' was expected")
    expect(await refused('lab')).include('needs a name')
    expect(await refused('lab', 'a', 'b')).include("'b' was not expected")
  })
})
