import { expect } from 'chai'
import { useKernel } from './wire.js'

describe('protocol: completion, inspection, completeness', () => {
  const used = useKernel()

  const ask = async (type: string, content: Record<string, unknown>) =>
    (await used.wire.request('shell', type, content)).reply.content

  it('completes with offsets in code points', async () => {
    const code = 'const flag = "🏳️‍🌈𝒳"; const 𝒳s = [1]; 𝒳s.leng'
    const reply = await ask('complete_request', { code, cursor_pos: [...code].length })
    const end = [...code].length
    expect(reply).to.deep.include({
      status: 'ok',
      matches: ['length'],
      cursor_start: end - 4,
      cursor_end: end,
    })
  })

  it('completes in the middle, with the types of what it found', async () => {
    const code = 'const text = "a"; text.toUpp(); text'
    const cursor = code.indexOf('Upp') + 3
    const reply = await ask('complete_request', { code, cursor_pos: cursor })
    expect(reply.matches).to.deep.equal(['toUpperCase'])
    const [start, end] = [cursor - 5, cursor]
    expect([reply.cursor_start, reply.cursor_end]).to.deep.equal([start, end])
    expect(reply.metadata).to.deep.equal({
      _jupyter_types_experimental: [{ text: 'toUpperCase', type: 'method', start, end }],
    })
  })

  it('takes a cursor that is missing or beyond the end for the end', async () => {
    for (const cursor_pos of [undefined, null, 1e9])
      expect(
        (await ask('complete_request', { code: 'Math.hyp', cursor_pos })).matches,
      ).to.deep.equal(['hypot'])
    const reply = await ask('complete_request', { code: 'Math', cursor_pos: -3 })
    expect(reply).to.include({ status: 'ok', cursor_start: 0 })
  })

  it('completes what earlier cells declared', async () => {
    await used.wire.execute('const declaredEarlier = { inside: 1 }')
    const code = 'declaredEarlier.ins'
    expect(
      (await ask('complete_request', { code, cursor_pos: code.length })).matches,
    ).to.deep.equal(['inside'])
  })

  it('inspects in text and markdown, more of it at detail level 1', async () => {
    const code = '/* 𝒳 */ Math.max(1, 2)'
    const cursor_pos = [...code].indexOf('M') + 7
    const brief = await ask('inspect_request', { code, cursor_pos, detail_level: 0 })
    expect(brief).to.include({ status: 'ok', found: true })
    const data = brief.data as Record<string, string>
    expect(data['text/plain']).to.match(/Math\.max\(\.\.\.values: number\[\]\): number/)
    expect(data['text/plain']).to.include('Returns the larger of a set')
    expect(data['text/markdown']).to.match(/^```typescript\n.*Math\.max/)
    const detailed = await ask('inspect_request', { code, cursor_pos, detail_level: 1 })
    const more = (detailed.data as Record<string, string>)['text/plain']
    expect(more).to.include(data['text/plain']).and.include('@param')
    expect(data['text/plain']).to.not.include('@param')
  })

  it('finds nothing where there is nothing', async () => {
    expect(await ask('inspect_request', { code: '   ', cursor_pos: 1 })).to.deep.equal({
      ...{ status: 'ok', found: false, data: {}, metadata: {} },
    })
  })

  it('tells complete, incomplete and invalid code apart', async () => {
    const of = (code: string) => ask('is_complete_request', { code })
    const complete = ['1 + 1', '', '// note', 'await f(1)', 'for await (const a of b) {}', '`${1}`']
    for (const code of complete) expect(await of(code), code).to.deep.equal({ status: 'complete' })
    const indents = {
      'const f = (n: number) => {': '  ',
      'if (a) {\n  f([': '    ',
      'function f() {\n  g()': '  ',
      'const s = `open': '',
      '/* open': '',
      'const x =': '',
      '1 +': '',
    }
    for (const [code, indent] of Object.entries(indents))
      expect(await of(code), code).to.deep.equal({ status: 'incomplete', indent })
    for (const code of ['const = 5', '}', 'const s = "open', 'const a = 1 const b = 2'])
      expect(await of(code), code).to.deep.equal({ status: 'invalid' })
  })

  it('answers while a cell loops', async () => {
    const looping = used.wire.execute('for (const end = Date.now() + 1500; Date.now() < end;) {}')
    const started = Date.now()
    expect((await ask('complete_request', { code: 'Math.hyp' })).matches).to.deep.equal(['hypot'])
    expect((await ask('is_complete_request', { code: '1' })).status).to.equal('complete')
    expect(Date.now() - started).to.be.below(1400)
    await looping
  })
})
