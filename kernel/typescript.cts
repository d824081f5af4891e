/**
 * TypeScript. This file is a CommonJS module, as TypeScript is: at an `import` of it from an ES module,
 * Node would first search its nine megabytes for names to export, which takes as long as running it.
 */
import './compile-cache.cjs'
// eslint-disable-next-line @typescript-eslint/no-require-imports
import ts = require('typescript')

export = ts
