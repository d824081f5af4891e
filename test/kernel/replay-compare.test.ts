import { createCanvas } from 'canvas'
import { expect } from 'chai'
import type { CodeCell, DisplayOutput, Output } from '../../kernel/notebook/format.js'
import type { JsonObject, WireBundle } from '../../kernel/protocol.js'
import { compareCells } from '../../kernel/replay/cells.js'
import { checkLock, lockOf, parseLock } from '../../kernel/replay/lock.js'
import { pictureDifference } from '../../kernel/replay/pictures.js'
import { recordsOf } from '../../kernel/replay/records.js'
import { sameText } from '../../kernel/replay/texts.js'
import { type ResultRecord, summarise } from '../../src/record.js'

const tolerances = { numbers: 1e-4, pictures: 0.01 }

const cell = (...outputs: Output[]): CodeCell => ({
  cell_type: 'code',
  metadata: {},
  source: '',
  execution_count: 1,
  outputs,
})
const displayed = (data: WireBundle, metadata: JsonObject = {}): DisplayOutput => ({
  output_type: 'display_data',
  data,
  metadata,
})
const printed = (text: string): Output => ({ output_type: 'stream', name: 'stdout', text })

/** What differs. */
const compared = async (stored: CodeCell, now: CodeCell): Promise<string[]> =>
  (await compareCells(stored, now, tolerances)).differences.map(({ what }) => what)

describe('fovea replay compares', () => {
  describe('texts', () => {
    const cases: [a: string, b: string, same: boolean][] = [
      ['wolf 0.731', 'wolf 0.732', true], // a rounding that tipped over
      ['wolf 0.731', 'wolf 0.733', false],
      ['loss 12345.6', 'loss 12346.2', true], // 5e-5 of it
      ['1.30e-7', '1.31e-7', true],
      ['1.30e-7', '1.40e-7', false],
      ['3 of 8 wrong', '4 of 8 wrong', false], // whole numbers count things
      ['wolf 0.731', 'fox 0.731', false],
      ['0.731', '0.731 0.2', false],
      ['-0.001', '0.000', true],
      ['-0.5', '0.5', false],
    ]
    for (const [a, b, same] of cases)
      it(`'${a}' and '${b}': ${same ? 'the same' : 'different'}`, () => {
        expect(sameText(a, b, 1e-4)).equal(same)
        expect(sameText(b, a, 1e-4)).equal(same)
      })

    it('printed in other pieces, as the same', async () => {
      const [whole, pieces] = [cell(printed('a\nb\n')), cell(printed('a\n'), printed('b\n'))]
      expect(await compared(whole, pieces)).deep.equal([])
      expect(await compared(whole, cell(printed('a\n')))).deep.equal(['stdout'])
    })
  })

  describe('pictures', () => {
    const square = (grey: number, side = 8): string => {
      const canvas = createCanvas(side, side)
      const context = canvas.getContext('2d')
      context.fillStyle = `rgb(${grey}, ${grey}, ${grey})`
      context.fillRect(0, 0, side, side)
      return canvas.toBuffer('image/png').toString('base64')
    }
    const shown = (png: string) => cell(displayed({ 'image/png': png, 'text/plain': 'map' }))

    it('by the root mean square of their pixels', async () => {
      // The three colours differ by 51 of 255, opacity does not.
      const expected = Math.sqrt((3 * 0.2 ** 2) / 4)
      expect(await pictureDifference(square(100), square(151))).closeTo(expected, 1e-9)
      expect(await pictureDifference(square(100), square(100))).equal(0)
      expect(await pictureDifference(square(100), square(100, 9))).equal(Infinity)
    })

    it('with a tolerance', async () => {
      expect(await compared(shown(square(100)), shown(square(102)))).deep.equal([])
      expect(await compared(shown(square(100)), shown(square(110)))).deep.equal(['picture'])
      expect(await compared(shown('broken'), shown(square(110)))).deep.equal(['picture'])
    })

    it('and not the page’s script beside them', async () => {
      const chart = (html: string) =>
        cell(displayed({ 'image/png': square(9), 'text/html': html, 'text/plain': 'chart' }))
      expect(await compared(chart('<script>1</script>'), chart('<script>2</script>'))).deep.equal(
        [],
      )
    })
  })

  describe('results', () => {
    const values = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i))
    const record = (changes: Partial<ResultRecord> = {}, data = values): ResultRecord => ({
      method: 'saliency',
      network: 'toy',
      digest: 'a'.repeat(64),
      parameters: { target: 2, seed: 1, rate: 0.1 },
      engine: 'engine 1',
      fovea: '1.0.0',
      data: summarise({ data, shape: [data.length] }),
      ...changes,
    })
    const shown = (...records: ResultRecord[]) =>
      cell(displayed({ 'text/plain': 'map' }, { fovea: records as unknown as JsonObject[] }))
    const scaled = (factor: number) =>
      record(
        {},
        values.map((value) => value * factor),
      )

    it('by their numbers, within the tolerance', async () => {
      const findings = await compareCells(shown(record()), shown(scaled(1 + 1e-5)), tolerances)
      expect(findings.differences).deep.equal([])
      expect(findings.results).equal(1)
      expect(findings.largest).within(0.5e-5, 2e-5)
      expect(await compared(shown(record()), shown(scaled(1.01)))).deep.equal(['saliency: data'])
    })

    it('by what was asked', async () => {
      for (const [what, changes] of [
        ['method', { method: 'guided' }],
        ['network', { network: 'other' }],
        ['network’s digest', { digest: 'b'.repeat(64) }],
        ['parameters', { parameters: { target: 2, seed: 2, rate: 0.1 } }],
        ['shape', { data: summarise({ data: values, shape: [10, 10] }) }],
      ] as const)
        expect(await compared(shown(record()), shown(record(changes)))).deep.equal([
          `saliency: ${what}`,
        ])
    })

    it('and notes other engines, versions and inputs', async () => {
      const other = record({ engine: 'engine 2', fovea: '1.1.0', input: 'c' })
      const { differences, notes } = await compareCells(shown(record()), shown(other), tolerances)
      expect(differences).deep.equal([])
      expect(notes.map(({ what }) => what)).deep.equal([
        'saliency: engine',
        'saliency: version of Fovea',
        'saliency: digest of the input',
      ])
    })

    it('and misses those that are gone', async () => {
      expect(await compared(shown(record(), record()), shown(record()))).deep.equal(['results'])
      expect(await compared(shown(record()), cell(displayed({ 'text/plain': 'map' })))).deep.equal([
        'results',
      ])
    })

    it('unless the metadata are something else', () => {
      for (const fovea of ['text', { method: 'saliency' }, [{ method: 'saliency' }], [null]])
        expect(recordsOf(displayed({}, { fovea }))).deep.equal([])
    })

    it('with a lock', () => {
      const pixels = record({ network: 'none', digest: '', engine: 'none' })
      const used = lockOf(
        [record(), record(), record({ network: 'b', digest: 'd' }), pixels],
        '1.0.0',
      )
      expect(used).deep.equal({
        lockfileVersion: 1,
        fovea: '1.0.0',
        engines: ['engine 1'],
        networks: { b: ['d'], toy: ['a'.repeat(64)] },
      })
      expect(parseLock(JSON.stringify(used))).deep.equal(used)
      expect(checkLock(used, lockOf([record()], '1.0.0'))).deep.equal({
        differences: [],
        notes: [],
      })
      const changed = lockOf([record({ digest: 'e' }), record({ network: 'new' })], '2.0.0')
      const { differences, notes } = checkLock(used, changed)
      expect(differences.map(({ what }) => what)).deep.equal([
        "lock: network 'new'",
        "lock: network 'toy'",
      ])
      expect(notes.map(({ what }) => what)).deep.equal(['lock: version of Fovea'])
      for (const text of [
        '',
        '[]',
        '{"lockfileVersion":2}',
        '{"lockfileVersion":1,"networks":{"a":1}}',
      ])
        expect(() => parseLock(text), text).to.throw()
    })
  })

  it('errors by name and message', async () => {
    const failed = (evalue: string, line: string): CodeCell =>
      cell({ output_type: 'error', ename: 'RangeError', evalue, traceback: [line] })
    expect(await compared(failed('no layer', 'Cell[1]'), failed('no layer', 'Cell[9]'))).deep.equal(
      [],
    )
    expect(await compared(failed('no layer', ''), failed('no class', ''))).deep.equal(['error'])
    expect(await compared(cell(), failed('no layer', ''))).deep.equal(['error'])
  })

  it('neither progress nor what is tagged', async () => {
    const bar = displayed({ 'text/plain': '3 s' }, { 'fovea-progress': true })
    expect(await compared(cell(bar), cell())).deep.equal([])
    expect(await compared(cell(printed('1.5')), cell())).deep.equal(['stdout'])
    const tagged = { ...cell(), metadata: { tags: ['nbval-ignore-output'] } }
    expect(await compared(cell(printed('1.5')), tagged)).deep.equal([])
  })
})
