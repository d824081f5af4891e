/** What of the front-ends this machine has. What is not there is skipped, and said. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Debian's, whichever Python stands first on the PATH. */
export const python = '/usr/bin/python3'
export const chromium = '/usr/bin/chromium'

/**
 * Skips the tests of this suite unless the machine has these Python modules, and a browser where one is needed.
 * With FRONTENDS=required in the environment they fail instead, but for what is optional.
 */
export function needs(modules: string[], { browser = false, optional = false } = {}): void {
  before(function () {
    const missing = modules.filter((module) => !hasModule(module))
    if (browser && !existsSync(chromium)) missing.push(chromium)
    if (missing.length === 0) return
    const notice = `this machine has no ${missing.join(', no ')}`
    if (process.env.FRONTENDS === 'required' && !optional) throw new Error(notice)
    console.log(`      NOTICE: skipped, since ${notice}`)
    this.skip()
  })
}

function hasModule(module: string): boolean {
  try {
    execFileSync(python, ['-c', `import ${module}`], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
