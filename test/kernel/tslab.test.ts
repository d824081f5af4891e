import { expect } from 'chai'
import { createRequire } from 'node:module'
import ts from 'typescript'
import { shareBindings } from '../../kernel/bindings.js'
import { loadConverter, PREFIX_LINES, type Converter } from '../../kernel/tslab.js'

/** What kernel/tslab.ts relies on in tslab and in TypeScript, neither of which promises it. */
describe('kernel: tslab converter', () => {
  let converter: Converter

  before(function () {
    this.timeout(20_000)
    converter = loadConverter({
      globals: 'declare global {\nconst preloaded: {\n/** Doc. */\none: 1; two: 2 }\n}\nexport {}',
      packages: {},
    })
  })

  it('is pinned, and runs on the TypeScript of this package', () => {
    const require = createRequire(import.meta.url)
    expect((require('tslab/package.json') as { version: string }).version).to.equal('1.0.22')
    expect(ts.version).to.match(/^5\.9\./)
  })

  it('finds the internal functions of TypeScript', () => {
    const internal = ts as unknown as Record<string, unknown>
    for (const name of [
      'getTouchingPropertyName',
      'getContainerNode',
      'typeToDisplayParts',
      'findPrecedingToken',
      'findNextToken',
    ])
      expect(internal[name], name).to.be.a('function')
    expect(internal).to.have.nested.property(
      'SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind',
    )
    expect(internal).to.have.nested.property('Completions.getCompletionsAtPosition')
    expect(internal.nullTransformationContext).to.be.an('object')
    expect(internal.bindSourceFile).to.be.a('function')
    expect(ts.createProgram([], {})).to.respondTo('getResolvedModuleFromModuleSpecifier')
  })

  it('converts a cell, with its declarations, its result and its source maps', () => {
    const { diagnostics, code, declarations, resultName, awaits, maps } = converter.convert(
      'declare let x: number;\n',
      'const y: number = x\ny + preloaded.one',
    )
    expect(diagnostics).to.deep.equal([])
    expect(code).to.include('exports.x')
    expect(code).to.include(`exports.${resultName} = y + preloaded.one`)
    expect(code).not.to.include('sourceMappingURL')
    expect(declarations).to.include('declare const y: number')
    expect(declarations).to.include('declare let x: number')
    expect(awaits).to.equal(false)
    expect(maps).to.have.keys('commonJs', 'module')
    expect(PREFIX_LINES).to.equal(1)
  })

  it('finds awaits at the top level only', () => {
    const awaits = (source: string) => converter.convert('', source).awaits
    expect(awaits('await null')).to.equal(true)
    expect(awaits('for await (const a of []) a')).to.equal(true)
    expect(awaits('await (async () => 1)()')).to.equal(true)
    expect(awaits('const f = async () => { await null }')).to.equal(false)
    expect(awaits('const o = { async m() { await null } }')).to.equal(false)
  })

  it('reports places, counting its own lines', () => {
    const { diagnostics, code } = converter.convert('', '\n  const s: string = 1')
    expect(code).to.equal(undefined)
    expect(diagnostics).to.have.length(1)
    const [{ code: number, start, file }] = diagnostics as [ts.Diagnostic]
    expect(number).to.equal(2322)
    const place = file!.getLineAndCharacterOfPosition(start!)
    expect(place).to.deep.equal({ line: 1 + PREFIX_LINES, character: 8 })
  })

  it('declares what has no portable name', () => {
    const { diagnostics, declarations } = converter.convert('', 'const K = class { private z = 1 }')
    expect(diagnostics).to.deep.equal([])
    expect(declarations).to.include('declare const K')
  })

  it('completes and inspects with documentation', () => {
    const { info } = converter.complete('', 'preloaded.', 10)
    expect(info!.entries.map(({ name }) => name)).to.deep.equal(['one', 'two'])
    const quick = converter.inspect('', 'preloaded.one', 11)!
    expect(ts.displayPartsToString(quick.documentation)).to.equal('Doc.')
  })

  it('redirects import() and import.meta, and tells what is imported', () => {
    const { code, imports } = converter.convert(
      '',
      'import { sep } from "node:path"; import type { Stats } from "node:fs"; sep; import.meta.url; import("os")',
    )
    expect(code).to.match(/import_meta\.url;[^]*__load\("os"\)/)
    expect(imports).to.deep.equal([
      { specifier: 'node:path', path: undefined, declared: true },
      { specifier: 'node:fs', path: undefined, declared: false },
      { specifier: 'os', path: undefined, declared: false },
    ])
  })

  it('does not watch files', () => {
    // A watcher would keep this process alive and poll thousands of declaration files.
    const timers = process.getActiveResourcesInfo().filter((kind) => kind.startsWith('FSEvent'))
    expect(timers).to.deep.equal([])
  })
})

describe('kernel: shared bindings', () => {
  const share = (lines: string[], observed: string[] = []) =>
    shareBindings(lines.join('\n'), (name) => observed.includes(name))

  it('keeps a variable local that no function can see', () => {
    const { code } = share(['let s = 0;', 'for (;;) s += 1;', 'export { s };'])
    expect(code).to.include('var s = 0; exports.s = s; try {')
    expect(code).to.include('for (;;) s += 1; } finally { exports.s = s; }')
    expect(code).to.include('plain: ["s"]')
  })

  it('gives a variable a getter and a setter where a function sees it', () => {
    const { code } = share(['let s = 0;', 'const f = () => s;', 'export { s, f };'])
    expect(code).to.include('let s = 0;')
    expect(code).to.include('get value() { return s } set value(s_) { s = s_ }')
    expect(share(['let s = 0;', 'export { s };'], ['s']).code).to.include('plain: []')
  })

  it('moves nothing', () => {
    const lines = ['const a = 1;', 'let b = a, c;', 'b++;', 'export { a, b, c };']
    const moved = share(lines).code.split('\n')
    for (const [i, line] of lines.slice(0, 3).entries())
      expect(moved[i]!.replace('var  ', 'const').replace('var', 'let')).to.match(
        new RegExp(`^${line.replace(/[+]/g, '\\+')}`),
      )
  })

  it('knows what functions use of earlier cells', () => {
    const { observed } = share(['exports.a;', 'const f = () => exports.b;', 'export { f };'])
    expect(observed).to.deep.equal(['b'])
  })
})
