import { expect } from 'chai'
import { viz } from '../../src/viz.js'
import { Rate } from '../../src/work/rate.js'
import { follow, progress, quietly, steps, Work, type WorkState } from '../../src/work/work.js'
import { conclusion, duration, line } from '../../src/work/words.js'
import { rejection } from '../rejection.js'

const SINK = Symbol.for('fovea.progress')
const host = globalThis as { [SINK]?: (state: WorkState) => void }
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('long work', () => {
  let states: WorkState[] = []
  beforeEach(() => {
    states = []
    host[SINK] = (state) => states.push(state)
  })
  afterEach(() => {
    delete host[SINK]
    viz.signal = undefined
  })

  it('counts, and tells the start and the end', async () => {
    const seen: number[] = []
    for await (const i of steps(5, { label: 'Counting' })) seen.push(i)
    expect(seen).to.deep.equal([0, 1, 2, 3, 4])
    expect(states.map(({ status, done }) => [status, done])).to.deep.equal([
      ['running', 0],
      ['finished', 5],
    ])
  })

  it('tells at most four states a second between', async () => {
    for await (const i of steps(60, { label: 'Slow' })) await sleep(i >= 0 ? 10 : 0)
    const seconds = states.at(-1)!.seconds
    expect(states.length).to.be.within(3, 2 + 4 * seconds)
    expect(states.at(-1)!.rate).to.be.closeTo(60 / seconds, 30)
  })

  it('stops at a signal with an error that says how far it came', async () => {
    const stop = new AbortController()
    let error: unknown
    try {
      for await (const i of steps(10, {
        label: 'Occlusion',
        unit: 'positions',
        signal: stop.signal,
      }))
        if (i === 3) stop.abort(new Error('enough'))
    } catch (caught) {
      error = caught
    }
    expect(error).to.include({
      name: 'AbortError',
      message: 'Occlusion was interrupted after 4 of 10 positions',
    })
    expect((error as Error).cause).to.have.property('message', 'enough')
    expect(states.at(-1)!.status).to.equal('interrupted')
  })

  it('or ends quietly, where what it has is of use', async () => {
    viz.signal = AbortSignal.timeout(60)
    const loop = steps(1e9, { label: 'Endless', partial: true })
    for await (const i of loop) void i // lets the event loop run, or the timeout would never come
    expect(loop.interrupted).to.equal(true)
    expect(loop.done).to.be.within(1, 1e9 - 1)
  })

  it('does not wait for a source that never comes, and closes it', async () => {
    let closed = false
    const never: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => Promise.resolve(((closed = true), { done: true, value: undefined })),
      }),
    }
    const loop = follow(never, { label: 'Waiting', partial: true, signal: AbortSignal.timeout(30) })
    for await (const i of loop) void i
    expect([loop.interrupted, closed]).to.deep.equal([true, true])
  })

  it('ends at its limit without asking for more', async () => {
    let made = 0
    function* source() {
      for (;;) yield made++
    }
    for await (const i of follow(source(), { label: 'Limited', limit: 3 })) void i
    expect(made).to.equal(3)
    expect(states.at(-1)).to.include({ status: 'finished', done: 3, total: 3 })
  })

  it('as a part of greater work it shows nothing, and stops all the same', async () => {
    const part = async (milliseconds: number) => {
      await sleep(milliseconds)
      for await (const i of steps(3, { label: 'Part' })) await sleep(i)
    }
    for await (const i of steps(2, { label: 'Whole' })) await quietly(() => part(i))
    expect(new Set(states.map(({ label }) => label))).to.deep.equal(new Set(['Whole']))
    await part(1)
    expect(states.at(-1)).to.include({ label: 'Part', status: 'finished' })

    viz.signal = AbortSignal.abort()
    expect((await rejection(quietly(() => part(1)))).message).to.include('Part was interrupted')
  })

  it('a loop left early has ended, not finished', async () => {
    for await (const i of steps(9, { label: 'Left' })) if (i === 2) break
    expect(states.at(-1)).to.include({ status: 'ended', done: 2 })
  })

  it('progress goes with both kinds of loop, and takes the length of what it goes through', async () => {
    const some = new Set(['a', 'b'])
    expect([...progress(some, { label: 'Set' })]).to.deep.equal(['a', 'b'])
    expect(states.at(-1)).to.include({ label: 'Set', total: 2, done: 2, status: 'finished' })
    const seen: number[] = []
    const loop = progress(3)
    for await (const i of loop) {
      seen.push(i)
      loop.note(`at ${i}`)
    }
    expect(seen).to.deep.equal([0, 1, 2])
    expect(states.at(-1)!.note).to.equal('at 2')
  })

  it('refuses what is no signal, and no count', async () => {
    expect(() => Object.assign(viz, { signal: 5 })).to.throw(TypeError, 'AbortSignal')
    expect(() => [...progress(-1)]).to.throw(RangeError, 'whole number')
  })

  it('takes the rate over the last seconds, and the time left by it', () => {
    const rate = new Rate()
    rate.add(0, 0)
    for (let t = 1; t <= 100; t++) rate.add(t, t <= 50 ? t : 50 + 10 * (t - 50))
    expect(rate.perSecond).to.be.closeTo(10, 1e-9)
  })

  it('is put into words', () => {
    const state: WorkState = {
      id: 1,
      label: 'Training',
      status: 'running',
      done: 175,
      total: 500,
      unit: 'steps',
      seconds: 14,
      rate: 12.5,
      secondsLeft: 26,
      note: 'loss 0.312',
      show: undefined,
      transient: false,
    }
    expect(line(state)).to.equal(
      'Training  ▕███████             ▏ 35 %  175 of 500 steps · 12.5 per second · 26 s left · loss 0.312',
    )
    expect(conclusion({ ...state, status: 'interrupted' })).to.equal(
      'interrupted after 175 of 500 steps (14 s)',
    )
    const bytes = { ...state, unit: 'bytes', done: 12_500_000, total: 44_700_000, rate: 2.5e6 }
    expect(line(bytes)).to.include('12.5 of 44.7 MB · 2.5 MB/s')
    expect([0.42, 26.4, 185, 7800].map(duration)).to.deep.equal([
      '0.4 s',
      '26 s',
      '3 min 05 s',
      '2 h 10 min',
    ])
  })

  it('Work that is no loop ends once', () => {
    const work = new Work({ label: 'Download', unit: 'bytes' })
    work.report(10, 20)
    work.end()
    work.end('ended')
    expect(states.at(-1)).to.include({ status: 'finished', done: 10, total: 20 })
  })
})
