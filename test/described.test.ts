import { expect } from 'chai'
import { described } from '../src/described.js'
import { Image } from '../src/image/image.js'

describe('a value in an error message', () => {
  const cases: [unknown, string][] = [
    [undefined, 'undefined'],
    [null, 'null'],
    [7, 'a number, 7'],
    ['husky.jpg', "a string, 'husky.jpg'"],
    [{ a: 1, b: { c: 2 } }, 'an object of the form { a: 1, b: [Object] }'],
    [[1, 2, 3, 4], 'a list, [ 1, 2, 3, ... 1 more item ]'],
    [Object.create(null), 'an object of the form [Object: null prototype] {}'],
    [new Image(1, 1), 'a value of type Image'],
    [Promise.resolve(), "a promise: write 'await' before the call that returns it"],
    [{ then: () => 1 }, "a promise: write 'await' before the call that returns it"],
    [() => 1, 'a function: is it to be called?'],
  ]
  for (const [value, words] of cases) it(words, () => expect(described(value)).equal(words))

  it('is short, however long the value', () => expect(described('x'.repeat(1e6))).length.below(120))
})
