/** What `fovea doctor` finds. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface Check {
  name: string
  /** `absent`: not there, and not needed. */
  state: 'good' | 'bad' | 'absent'
  detail: string
  /** What to do about it. */
  hint?: string
}

export interface Group {
  title: string
  checks: Check[]
}

export function good(name: string, detail: string): Check {
  return { name, state: 'good', detail }
}

export function bad(name: string, detail: string, hint?: string): Check {
  return { name, state: 'bad', detail, ...(hint !== undefined && { hint }) }
}

export function absent(name: string, detail: string, hint?: string): Check {
  return { name, state: 'absent', detail, ...(hint !== undefined && { hint }) }
}

/** What a program prints, trimmed; undefined where it is not there, fails or takes over 20 seconds. */
export async function output(command: string, args: string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, { timeout: 20_000 })
    return (stdout || stderr).trim()
  } catch {
    return undefined
  }
}

/** 1536 MB and less in MB, else in GB, as powers of 1024. */
export function size(bytes: number): string {
  const megabytes = bytes / 2 ** 20
  return megabytes < 1536 ? `${megabytes.toFixed(0)} MB` : `${(megabytes / 1024).toFixed(1)} GB`
}
