import { expect } from 'chai'
import ts from 'typescript'
import { parseCell } from '../../../kernel/magics/core/parse.js'
import { translate } from '../../../kernel/magics/core/translate.js'
import { MAGICS } from '../../../kernel/runner/messages.js'

const translated = (source: string) => translate(parseCell(source))

/** Runs the code of a cell with magics that keep what they are called with. */
async function callsOf(source: string): Promise<unknown[]> {
  const calls: unknown[] = []
  const magic =
    (name: string) =>
    (...values: unknown[]) =>
      void calls.push([name, ...values])
  const value = {
    line: magic('line'),
    cell: magic('cell'),
    command: magic('command'),
    help: magic('help'),
    begin: magic('begin'),
    end: (result: unknown) => (calls.push(['end', result]), result),
    repeat: async (name: string, text: string, code: () => unknown) =>
      void calls.push(['repeat', name, text, await code()]),
  }
  const symbol = Symbol.for(MAGICS)
  Object.defineProperty(globalThis, symbol, { value, configurable: true })
  try {
    const code = ts.transpile(`async () => { ${translated(source).code}\n}`, {
      target: ts.ScriptTarget.ES2022,
    })
    await (eval(code) as () => Promise<void>)()
  } finally {
    delete (globalThis as { [symbol]?: unknown })[symbol]
  }
  return calls
}

describe('magics: what they become', () => {
  const cases: Record<string, unknown[]> = {
    '%cd "a b" // c': [['line', 'cd', '"a b" // c']],
    '%time?': [['help', 'time']],
    '!echo "${HOME}" | cat': [['command', 'echo "${HOME}" | cat']],
    '%%bash a b\necho `date`\n"': [['cell', 'bash', 'a b', 'echo `date`\n"']],
    '%time 1 + 1 // two': [
      ['begin', 'time', ''],
      ['end', 2],
    ],
    '%time await Promise.resolve(3);': [
      ['begin', 'time', ''],
      ['end', 3],
    ],
    '%time Promise.resolve(3)': [
      ['begin', 'time', ''],
      ['end', 3],
    ],
    '%time const a = 1 // one': [
      ['begin', 'time', ''],
      ['end', undefined],
    ],
    'const f = () => {\n  %time 5\n}\nf()': [
      ['begin', 'time', ''],
      ['end', 5],
    ],
    '%timeit -n 2 await Promise.resolve(7) // c': [['repeat', 'timeit', '-n 2', 7]],
    '%timeit const a = 1; a // c': [['repeat', 'timeit', '', 1]],
    'let a = [1]\n%time a[0]': [
      ['begin', 'time', ''],
      ['end', 1],
    ],
  }
  for (const [source, calls] of Object.entries(cases))
    it(JSON.stringify(source), async () => {
      expect(await callsOf(source)).to.deep.equal(calls)
    })

  it('keeps the lines', () => {
    const { code } = translated('%%time\n%pwd\nlet a = 1\n%timeit a\na')
    expect(code.split('\n')).to.have.length(5)
    expect(code.split('\n')[2]).to.equal('let a = 1')
  })

  it('gives the magics around a cell in their order', () => {
    expect(translated('%%time\n%%seed 3\n%reset\n1').wrapping).to.deep.equal([
      { name: 'time', text: '' },
      { name: 'seed', text: '3' },
      { name: 'reset', text: '' },
    ])
  })

  it('finds the place in the cell again', () => {
    for (const source of ['  %time f(bad)', '%timeit -n 3 -r 2 f(bad)', '%time const a = f(bad)']) {
      const { code, place } = translated(source)
      expect(place({ line: 1, column: code.indexOf('bad') + 1 })).to.deep.equal({
        line: 1,
        column: source.indexOf('bad') + 1,
      })
      // What is not the reader's is the magic's.
      expect(place({ line: 1, column: code.indexOf('Reflect') + 1 })).to.deep.equal({
        line: 1,
        column: source.indexOf('%') + 1,
      })
    }
    expect(translated('%pwd\nbad').place({ line: 2, column: 2 })).to.deep.equal({
      line: 2,
      column: 2,
    })
  })
})
