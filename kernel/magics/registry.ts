/** All magics. A new one is a file beside this one, and a line here. */
import { nearest } from '../nearest.js'
import { bash } from './bash.js'
import { cd } from './cd.js'
import type { Magic } from './core/magic.js'
import { engine } from './engine.js'
import { env } from './env.js'
import { html } from './html.js'
import { javascript } from './javascript.js'
import { latex } from './latex.js'
import { lsmagic } from './lsmagic.js'
import { markdown } from './markdown.js'
import { pwd } from './pwd.js'
import { reset } from './reset.js'
import { script } from './script.js'
import { seed } from './seed.js'
import { sh } from './sh.js'
import { svg } from './svg.js'
import { time } from './time.js'
import { timeit } from './timeit.js'
import { timeout } from './timeout.js'
import { who } from './who.js'
import { writefile } from './writefile.js'

export const magics: readonly Magic[] = [
  ...[engine, seed, time, timeit, timeout],
  ...[html, markdown, latex, svg, javascript],
  ...[bash, sh, script, writefile],
  ...[cd, pwd, env, who, reset, lsmagic],
]

export function findMagic(name: string): Magic | undefined {
  return magics.find((magic) => magic.name === name || magic.aliases?.includes(name))
}

/** The name that a reader probably meant; undefined where none is near. */
export function nearestMagic(name: string): string | undefined {
  return nearest(
    name,
    magics.flatMap((magic) => [magic.name, ...(magic.aliases ?? [])]),
  )
}
