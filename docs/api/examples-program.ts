/** The examples of the fluent API as a program that nobody runs: the compiler checks them with all the rest. */
import type { DeclarationReflection } from 'typedoc'
import type { Reference } from './reference.js'

/** What examples take for granted. */
const known: Record<string, readonly string[]> = {
  Network: ['net', 'twin', 'small', 'clean', 'poisoned', 'unbiased'],
  Image: ['photo', 'sample', 'texture', 'painting'],
  Scenes: ['scenes', 'test', 'usual', 'swapped'],
  Scene: ['scene'],
}

export function examplesProgram(
  reference: Reference,
  exports: readonly DeclarationReflection[],
): string {
  const examples = reference.examples()
  const all = examples.map(({ code }) => code).join('\n')
  const granted = new Set(Object.values(known).flat())
  const called = [...all.matchAll(/(?<![.\w'])([a-z]\w+)\(/gi)].map(([, name]) => name!)
  const exported = new Set(exports.map(({ name }) => name))
  const imported = [...new Set(['viz', ...called])].filter(
    (name) => exported.has(name) && !granted.has(name),
  )
  const types = Object.keys(known).map((type) => `type ${type}`)
  return [
    '/* eslint-disable -- made by make.ts from the docstrings of the fluent API, for the compiler to check */',
    `import { ${[...types, ...imported.sort()].join(', ')} } from '../../src/index.js'\n`,
    ...Object.entries(known).map(
      ([type, names]) => `declare const ${names.map((name) => `${name}: ${type}`).join(', ')}`,
    ),
    '\nexport const examples = [',
    ...examples.map(({ name, code }) => `  // ${name}\n  async () => {\n${indented(code)}\n  },`),
    ']\n',
  ].join('\n')
}

const indented = (code: string): string =>
  code
    .trim()
    .replace(/(\[\d+\])\./g, '$1!.') // the sources' compiler options are stricter than those of cells
    .replace(/^(?=.)/gm, '    ')
