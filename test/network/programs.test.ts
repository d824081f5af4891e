import { expect } from 'chai'
import type { Program } from '../../src/engine/engine.js'
import { Programs } from '../../src/network/programs.js'
import { failure } from './models.js'

/** Programs that note what happens to them, and run until they are told to end. */
function recorder(): {
  log: string[]
  compile: (name: string) => () => Promise<Program>
  end: (name: string) => void
} {
  const log: string[] = []
  const running = new Map<string, () => void>()
  return {
    log,
    compile: (name) => () => {
      log.push(`compile ${name}`)
      return Promise.resolve({
        async run() {
          log.push(`run ${name}`)
          await new Promise<void>((end) => running.set(name, end))
          log.push(`end ${name}`)
          return {}
        },
        release() {
          log.push(`free ${name}`)
          return Promise.resolve()
        },
      })
    },
    end: (name) => running.get(name)!(),
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

describe('compiled programs', () => {
  it('are kept, and the least recently used is freed', async () => {
    const { log, compile, end } = recorder()
    const programs = new Programs(2)
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) {
      const run = programs.run(name, compile(name), {})
      await turn()
      end(name)
      await run
    }
    expect(log.filter((line) => !/run|end/.test(line))).deep.equal([
      'compile a',
      'compile b',
      'compile c',
      'free b',
      'compile b',
      'free c',
    ])
  })

  it('are not freed while they run', async () => {
    const { log, compile, end } = recorder()
    const programs = new Programs(1)
    const a = programs.run('a', compile('a'), {})
    const b = programs.run('b', compile('b'), {})
    await turn()
    end('b')
    await b
    expect(log).not.include('free a')
    end('a')
    await a
    expect(log.slice(-2)).deep.equal(['end a', 'free a'])

    const again = programs.run('b', compile('b'), {})
    await turn()
    const released = programs.release()
    await turn()
    expect(log).not.include('free b')
    end('b')
    await Promise.all([again, released])
    expect(log.slice(-2)).deep.equal(['end b', 'free b'])
  })

  it('that cannot be compiled are tried again', async () => {
    const { log, compile, end } = recorder()
    const programs = new Programs(2)
    const broken = (): Promise<Program> => Promise.reject(new Error('no such operator'))
    expect(await failure(() => programs.run('a', broken, {}))).equal('no such operator')
    const run = programs.run('a', compile('a'), {})
    await turn()
    end('a')
    await run
    expect(log).include('end a')
    await programs.release()
  })
})
