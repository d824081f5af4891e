import { expect } from 'chai'
import { useKernel } from './wire.js'

describe('protocol: history', () => {
  const used = useKernel()

  const ask = async (query: Record<string, unknown>) => {
    const { reply } = await used.wire.request('shell', 'history_request', {
      ...{ output: false, raw: true, ...query },
    })
    expect(reply.content.status).to.equal('ok')
    return reply.content.history as [number, number, unknown][]
  }
  const inputs = async (query: Record<string, unknown>) =>
    (await ask(query)).map(([, , input]) => input)

  const cells = ['let n = 1', 'n + 1', 'n', 'n + 1', '"a*b"', 'throw 1']
  before(async () => {
    for (const code of cells) await used.wire.execute(code)
    await used.wire.execute('"silent"', { silent: true })
    await used.wire.execute('"unstored"', { store_history: false })
  })

  it('gives the tail', async () => {
    expect(await ask({ hist_access_type: 'tail', n: 2 })).to.deep.equal([
      [1, 5, '"a*b"'],
      [1, 6, 'throw 1'],
    ])
    expect(await inputs({ hist_access_type: 'tail', n: 100 })).to.deep.equal(cells)
    expect(await inputs({ hist_access_type: 'tail', n: 0 })).to.deep.equal([])
    expect(await inputs({ hist_access_type: 'tail' })).to.deep.equal(cells)
  })

  it('gives a range of the present session, by its number or by 0', async () => {
    for (const session of [0, 1, undefined])
      expect(await ask({ hist_access_type: 'range', session, start: 2, stop: 4 })).to.deep.equal([
        [1, 2, 'n + 1'],
        [1, 3, 'n'],
      ])
    expect(await inputs({ hist_access_type: 'range', start: 5 })).to.deep.equal(cells.slice(4))
    expect(await inputs({ hist_access_type: 'range', session: -1 })).to.deep.equal([])
    expect(await inputs({ hist_access_type: 'range', session: 7 })).to.deep.equal([])
  })

  it('searches with wildcards for the whole input', async () => {
    const search = (pattern: string, rest = {}) =>
      inputs({ hist_access_type: 'search', pattern, ...rest })
    expect(await search('n')).to.deep.equal(['n'])
    expect(await search('n*')).to.deep.equal(['n + 1', 'n', 'n + 1'])
    expect(await search('?a?b?')).to.deep.equal(['"a*b"'])
    expect(await search('*1')).to.deep.equal(['let n = 1', 'n + 1', 'n + 1', 'throw 1'])
    expect(await search('*1', { n: 2 })).to.deep.equal(['n + 1', 'throw 1'])
    expect(await search('*1', { unique: true })).to.deep.equal(['let n = 1', 'n + 1', 'throw 1'])
    expect(await search('(.+)')).to.deep.equal([])
    expect(await search('')).to.deep.equal([])
  })

  it('is not held up by a pattern of many stars', async () => {
    await used.wire.execute(`// ${'a'.repeat(5000)}`)
    const started = Date.now()
    const pattern = `${'*a'.repeat(200)}*b`
    expect(await inputs({ hist_access_type: 'search', pattern })).to.deep.equal([])
    expect(Date.now() - started).to.be.below(1000)
  })

  it('gives the results too', async () => {
    const range = { hist_access_type: 'range', start: 1, stop: 7, output: true }
    expect((await ask(range)).map(([, , both]) => both)).to.deep.equal([
      ['let n = 1', null],
      ['n + 1', '2'],
      ['n', '1'],
      ['n + 1', '2'],
      ['"a*b"', "'a*b'"],
      ['throw 1', null],
    ])
  })
})
