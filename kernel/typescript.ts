/**
 * TypeScript. It is required as the CommonJS module that it is: at an `import`, Node would first search
 * its nine megabytes for names to export, which takes as long as running it.
 */
import './compile-cache.js'
// eslint-disable-next-line @typescript-eslint/no-require-imports
import ts = require('typescript')

export default ts
