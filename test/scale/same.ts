import { expect } from 'chai'
import type { Result } from '../../src/result.js'

/** Fails where two results are not the same bit for bit, or do not come from the same. */
export function same(one: Result, other: Result): void {
  expect(one.shape).deep.equal(other.shape)
  expect(Buffer.compare(bytes(one), bytes(other))).equal(0)
  expect(one.provenance).deep.equal(other.provenance)
}

const bytes = ({ data }: Result): Buffer =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength)
