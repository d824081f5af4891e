import { expect } from 'chai'
import { completeness } from '../../../kernel/completeness.js'
import { parseCell, possibleCommands } from '../../../kernel/magics/core/parse.js'

/** The lines that are magics. */
const magicsIn = (source: string) =>
  parseCell(source).uses.map(({ start, end }) => source.slice(start, end))

describe('magics: where they are', () => {
  const none: Record<string, string> = {
    'a remainder that goes on over lines': 'const a = 7, rest = 4\na\n% rest',
    'a remainder without a space': 'const a = 7, rest = 4\na\n%rest',
    'an indented remainder that has the name of a magic': 'a\n  %time',
    'the text of a template': 'const t = `\n%time 1\n%%html\n!ls\n`',
    'what stands between the braces of a template': 'const t = `${\n%time 1\n}`',
    'a comment of several lines': '/*\n%time 1\n%%html\n!ls\n*/',
    'a negation': 'const done = true\n!done',
    'a percent sign that no name follows': 'a\n% 3\n',
    'the arguments of a call': 'f(\n%time 1\n)',
    'an operand that is missing': 'const a =\n%time 1',
    'a call of what has the name of a magic': 'a\n%time(3)',
  }
  for (const [what, source] of Object.entries(none))
    it(`${what} is none`, () => {
      const cell = parseCell(source)
      expect(cell.uses).to.deep.equal([])
      expect(cell.typescript).to.equal(source)
    })

  it('finds them between statements, and in blocks and functions', () => {
    expect(magicsIn('%pwd\nconst a = 1\n%who\nif (a) {\n  %time a\n  !ls *.png\n}')).to.deep.equal([
      '%pwd',
      '%who',
      '%time a',
      '!ls *.png',
    ])
  })

  it('finds several around one cell, behind comments and empty lines', () => {
    expect(magicsIn('// slow\n\n%%time\n%%seed 7\nlet a = 1')).to.deep.equal(['%%time', '%%seed 7'])
  })

  it('takes what stands below a cell magic as text, whatever it is', () => {
    const cell = parseCell('%%bash -x\r\n%%time\n`${\n')
    expect(cell.uses).to.have.length(1)
    expect(cell.body).to.equal('%%time\n`${\n')
    expect(cell.typescript.trim()).to.equal(';')
  })

  it('leaves all that is TypeScript in its place', () => {
    const source = '%%time\r\nconst a = 1\n%timeit -n 3 a + 1\n!ls "a b"\na'
    const { typescript } = parseCell(source)
    expect(typescript).to.have.length(source.length)
    expect(typescript).to.match(/^; {5}\r\nconst a = 1\n; {12}a \+ 1\n; {8}\na$/)
  })

  it('tells the arguments from the code', () => {
    const source = '%timeit -n 3 -r 2 a - 1'
    const [use] = parseCell(source).uses
    expect(use).to.include({ text: '-n 3 -r 2', code: source.indexOf('a - 1') })
  })

  it('asks where a line can be a command or TypeScript', () => {
    const source = 'let a\n  !ls -l\n!a'
    expect(possibleCommands(source)).to.deep.equal([
      { start: 8, line: 2, name: 'ls' },
      { start: 15, line: 3, name: 'a' },
    ])
    expect(parseCell(source).uses).to.deep.equal([])
    expect(parseCell(source, new Set([8])).uses).to.deep.include({
      kind: 'command',
      magic: undefined,
      text: 'ls -l',
      start: 8,
      end: 14,
      nameEnd: 9,
    })
  })

  const wrong: Record<string, [message: string, start: number]> = {
    '%tiem 1': ['There is no magic %tiem. Did you mean %time?', 0],
    '%%bahs\nls': ['There is no magic %%bahs. Did you mean %%bash?', 0],
    '%htlm': ['There is no magic %htlm. Did you mean %%html?', 0],
    '%%xylophone': ['There is no magic %%xylophone. %lsmagic lists them.', 0],
    '1\n%%html': ['%%html must stand on the first line of its cell', 2],
    '%html': ['%html is a magic for a whole cell: write %%html on the first line', 0],
    '%%cd a': ['%%cd is a magic for a line: write %cd', 0],
    'let a\n%reset': ['%reset must stand before any code', 6],
    '%who me': ["It takes no arguments, but 'me' was given.\n%who\n", 0],
    '%time': ['The code is missing.\n%time CODE\n%%time\n', 0],
    '%timeit -n 2': ['The code is missing.\n%timeit [-n LOOPS] [-r RUNS] CODE\n', 0],
    '%timeit -r 0 1': ["-r takes a whole number above 0, not '0'.\n", 0],
    '%seed 0.5': ["It takes a whole number of 32 bits, not '0.5'.\n%seed NUMBER\n", 0],
    '%seed 4294967296': ["It takes a whole number of 32 bits, not '4294967296'.\n", 0],
    '%%timeout soon\n1': ["It takes a number of seconds above 0, not 'soon'.\n", 0],
    '%%timeout\n1': ["It takes a number of seconds above 0, not ''.\n", 0],
    '%engine': ['The name of the engine is missing: onnx or tensorflow.\n', 0],
    '%engine tensorflw': ["but onnx, tensorflow. Did you mean 'tensorflow'?\n", 0],
    '%engine onnx cuba': ["There is no provider of onnx 'cuba'", 0],
    '%engine onnx cpu fast': ["'fast' is too much.\n", 0],
    '%%script\n1': ['The program is missing.\n', 0],
    '%%writefile\n1': ['The path is missing.\n', 0],
    '%%writefile a b\n1': ["A path with spaces needs quotes: 'a b'.\n", 0],
    '%%html wide\n1': ["It takes no arguments, but 'wide' was given.\n", 0],
  }
  for (const [source, [message, start]] of Object.entries(wrong))
    it(`${JSON.stringify(source)} is wrong use`, () => {
      const { problem } = parseCell(source)
      expect(problem?.message).to.include(message)
      expect(problem?.start).to.equal(start)
    })

  const complete: Record<string, string> = {
    '%who': 'complete',
    '!ls -l': 'complete',
    '%tiem': 'complete', // it runs, and says what is wrong
    '%time f(': 'incomplete',
    'for (;;) {\n%time 1': 'incomplete',
    '%%bash': 'incomplete',
    '%%bash\nls': 'incomplete',
    '%%bash\nls\n': 'complete',
    '%%time\nlet a = 1': 'incomplete',
    '%%time\nlet a = 1\n': 'complete',
    '%%time\nfunction f() {\n': 'incomplete',
    '%time a b': 'invalid',
  }
  for (const [source, status] of Object.entries(complete))
    it(`${JSON.stringify(source)} is ${status}`, () => {
      expect(completeness(source).status).to.equal(status)
    })
})
