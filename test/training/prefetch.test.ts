import { expect } from 'chai'
// Worker threads load compiled modules, so this tests the compiled one.
import { prefetch } from '../../dist/src/training/prefetch.js'

const module = (code: string): URL => new URL(`data:text/javascript,${encodeURIComponent(code)}`)

describe('prefetch', () => {
  it('gives what a worker thread makes, in order', async () => {
    const squares = module('export const makeBatch = ({ base }) => (i) => base + i * i')
    const got: number[] = []
    for await (const one of prefetch<{ base: number }, number>(squares, { base: 100 }, 9))
      got.push(one)
    expect(got).deep.equal([100, 101, 104, 109, 116, 125, 136, 149, 164])
  })

  it('passes the worker’s error on', async () => {
    const broken = module(
      'export const makeBatch = () => () => { throw new Error("no such batch") }',
    )
    let message = ''
    try {
      await prefetch<object, number>(broken, {}, 3).next()
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).equal('no such batch')
  })
})
