import { expect } from 'chai'
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { untilEnded } from '../processes.js'
import { useKernel } from '../protocol/wire.js'
import { run, seen } from './helpers.js'

describe('magics: the cells that they are in', function () {
  this.timeout(60_000)
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fovea-magics-')))
  mkdirSync(join(folder, 'pictures'))
  for (const name of ['pictures/dog.png', 'a.ts', '.hidden']) writeFileSync(join(folder, name), '')
  const used = useKernel({ cwd: folder })
  const cell = (code: string) => run(used.wire, code)
  after(() => rm(folder, { recursive: true }))

  /** Starts a cell that runs a program which ignores SIGINT; its id and that of its child. */
  const stubborn = async () => {
    const header = await used.wire.send('shell', 'execute_request', {
      code: "%%bash\ntrap '' INT\nsleep 60 &\necho $$ $!\nwait\nsleep 60",
      silent: false,
    })
    const outcome = used.wire.outcomeOf(header)
    const { content } = await used.wire.until(
      (message) => message.header.msg_type === 'stream' && message.parent.msg_id === header.msg_id,
    )
    return { outcome, pids: String(content.text).split(' ').map(Number) }
  }

  describe('programs', () => {
    it('write to the cell while they run', async () => {
      const { stdout, stderr, traceback } = await cell(
        '%%bash a "b c"\necho "$1-$2" é; echo no >&2',
      )
      expect([stdout, stderr, traceback]).to.deep.equal(['a-b c é\n', 'no\n', ''])
      const header = await used.wire.send('shell', 'execute_request', {
        code: '%%sh\necho now\nsleep 1\necho then',
        silent: false,
      })
      const outcome = used.wire.outcomeOf(header)
      const first = await used.wire.until(
        (message) =>
          message.header.msg_type === 'stream' && message.parent.msg_id === header.msg_id,
      )
      expect(first.content.text).to.equal('now\n')
      expect((await outcome).text()).to.equal('now\nthen\n')
    })

    it('that fail are errors', async () => {
      expect((await cell('%%sh\nexit 3')).error!.evalue).to.equal('sh ended with exit code 3')
      expect((await cell('!exit 4')).error).to.include({
        ename: 'ProgramError',
        evalue: 'sh ended with exit code 4',
      })
      expect((await cell('%%bash\nkill -9 $$')).error!.evalue).to.equal('bash ended by SIGKILL')
      const missing = await cell('%%script no-such-program\n1')
      expect(missing.error!.evalue).to.equal('no-such-program: there is no such program')
      expect(missing.traceback).not.to.match(/node:|magics|runner/)
    })

    it('read the cell', async () => {
      const code = 'process.stdin.on("data", (text) => console.log(String(text).length))'
      expect((await cell(`%%script node -e '${code}'\né$x\``)).stdout).to.equal('4\n')
    })

    it('run in a line, between TypeScript', async () => {
      const { stdout, result } = await cell(
        'const n = 3\nif (n) {\n  !echo "in $((1 + 1))" | tr i I\n}\n!true && echo yes\nn',
      )
      expect(stdout).to.equal('In 2\nyes\n')
      expect(result).to.equal('3')
    })

    it('run where TypeScript cannot be meant', async () => {
      expect((await cell('!ls -a')).stdout).to.include('.hidden\n')
      expect((await cell('!ls')).stdout).to.include('a.ts\n')
      expect((await cell('const done = true\n!done')).result).to.equal('false')
    })

    it('end, with all that they started, where the cell is interrupted', async () => {
      const { outcome, pids } = await stubborn()
      await used.wire.request('control', 'interrupt_request')
      expect(seen(await outcome).error!.ename).to.equal('KeyboardInterrupt')
      await untilEnded(pids)
      expect((await cell('2')).result).to.equal('2')
    })

    it('end where the process that runs the cells does', async () => {
      const { outcome, pids } = await stubborn()
      const runner = Number(
        /PPid:\s*(\d+)/.exec(
          await readFile(`/proc/${pids[0]}/status`, 'utf8').catch(() => ''),
        )?.[1],
      )
      if (!runner) return void (await used.wire.request('control', 'interrupt_request')) // no Linux
      process.kill(runner, 'SIGKILL')
      expect(seen(await outcome).error!.ename).to.equal('RunnerExit')
      await untilEnded(pids)
    })
  })

  describe('errors', () => {
    it('point at their place', async () => {
      const { traceback } = await cell(
        '%%time\nlet here = 1\n%pwd\n%time here; (() => { throw new Error("x") })()',
      )
      expect(traceback).to.match(
        /^Error: x\n\n {4}%time here; .*\n {31}\^\n\n {4}at Cell\[\d+\]\.ts:4:28\n/,
      )
      expect(traceback).not.to.match(/Reflect|magics/)
    })

    it('of types point at their place', async () => {
      expect((await cell('%pwd\n\nconst a: string = 3')).traceback).to.match(
        /Cell\[\d+\]\.ts:3:7\n/,
      )
      expect((await cell('  %timeit -n 3 noSuchName')).traceback).to.match(
        /Cell\[\d+\]\.ts:1:16\n\n.*\n {19}\^\n/,
      )
      expect((await cell('%time [1].map((x) =>')).traceback).to.match(/Cell\[\d+\]\.ts:1:21\n/)
    })

    it('in functions keep their place', async () => {
      await cell('%%time\n%pwd\nfunction fails() {\n  throw new Error("later")\n}')
      expect((await cell('fails()')).traceback).to.match(/at fails \(Cell\[\d+\]\.ts:4:9\)/)
    })
  })

  describe('completion', () => {
    const complete = async (code: string) => {
      const request = { code, cursor_pos: [...code].length }
      const { content } = (await used.wire.request('shell', 'complete_request', request)).reply
      const { matches, cursor_start: start, cursor_end: end } = content
      return {
        matches: matches as string[],
        replaced: [...code].slice(start as number, end as number).join(''),
      }
    }
    const cases: Record<string, string[]> = {
      '%ti': ['%time', '%%time', '%timeit', '%%timeout'],
      '%%ti': ['%%time', '%%timeout'],
      '%ht': ['%%html'],
      '"é"\n%ti': ['%time', '%timeit'],
      '"é"\n%%ti': [],
      '%%seed 7\n%ti': ['%time', '%%time', '%timeit', '%%timeout'],
      '%engine ': ['onnx', 'tensorflow'],
      '%%engine tensorflow wa': ['wasm'],
      '%seed o': ['off'],
      '%cd ': ['a.ts', 'pictures/'],
      '%cd .': ['.hidden'],
      '%cd pictures/d': ['dog.png'],
      '%%bash\nl': [],
      '%time Math.hyp': ['hypot'],
      '%%time\nconst a = Math.hyp': ['hypot'],
      '%pwd\nMath.hyp': ['hypot'],
      '`\n%ti': [],
    }
    for (const [code, matches] of Object.entries(cases))
      it(JSON.stringify(code), async () => {
        const found = await complete(code)
        expect(found.matches).to.deep.equal(matches)
        if (matches.length > 0) expect(code.endsWith(found.replaced)).to.equal(true)
      })
  })

  describe('inspection', () => {
    const inspect = async (code: string, cursor_pos: number, detail_level = 0) => {
      const request = { code, cursor_pos, detail_level }
      const { content } = (await used.wire.request('shell', 'inspect_request', request)).reply
      return (content.data as Record<string, string>)['text/plain'] ?? ''
    }

    it('explains magics', async () => {
      expect(await inspect('%%seed 7\nlet a', 3)).to.match(
        /^%seed NUMBER\n%seed off\n%%seed NUMBER\n\nSeeds what is given no seed/,
      )
      expect(await inspect('%seed 7', 3)).not.to.include('Example')
      expect(await inspect('%seed 7', 3, 1)).to.include('Example:\n    %%seed 7\n')
    })

    it('explains the code behind them, and no text', async () => {
      expect(await inspect('%time Math.hypot(3)', 14)).to.include('hypot(...values: number[])')
      expect(await inspect('%%time\nMath.hypot(3)', 14)).to.include('hypot(...values: number[])')
      expect(await inspect('%%html\nMath.hypot(3)', 14)).to.equal('')
    })
  })
})
