/** Files of data sets: whole, and only where they are what they should be. */
import { readFile, stat } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { isMissing, similarFiles } from '../src/image/files.js'

/** The largest file that is read, and the most that a compressed one may unfold to: 2 GiB. */
export const LARGEST_FILE = 2 ** 31 - 1

/**
 * What is at a path.
 *
 * @throws Error where there is nothing, naming the nearest; or it cannot be read.
 */
export async function statOf(path: string): Promise<Stats> {
  try {
    return await stat(path)
  } catch (error) {
    if (!isMissing(error))
      throw new Error(`cannot read ${path}: ${messageOf(error)}`, { cause: error })
    const near = await similarFiles(path)
    const hint = near.length > 0 ? `; that folder has ${near.join(', ')}` : ''
    throw new Error(`there is no ${path} (from ${process.cwd()})${hint}`, { cause: error })
  }
}

/**
 * The bytes of a file.
 *
 * @throws Error where it is missing, no ordinary file or larger than 2 GiB.
 */
export async function readWhole(path: string): Promise<Buffer> {
  const found = await statOf(path)
  if (found.isDirectory()) throw new Error(`${path} is a folder, but a file was expected`)
  if (!found.isFile()) throw new Error(`${path} is no ordinary file`) // a pipe might never end
  if (found.size > LARGEST_FILE)
    throw new Error(`${path} has ${found.size} bytes, more than the 2 GiB that are read`)
  try {
    return await readFile(path)
  } catch (error) {
    throw new Error(`cannot read ${path}: ${messageOf(error)}`, { cause: error })
  }
}

/** @throws Error where there is no folder at a path. */
export async function checkFolder(path: string): Promise<void> {
  if (!(await statOf(path)).isDirectory())
    throw new Error(`${path} is a file, but a folder was expected`)
}

/** What an error says. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
