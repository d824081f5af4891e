/** Fetching a file that is named by the digest of its content: resumable, checked, and all or nothing. */
import { createHash } from 'node:crypto'
import { constants, createReadStream, existsSync } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { Work } from '../work/work.js'

/** How far a download is, in bytes; `total` is undefined where the server does not tell. */
export type DownloadProgress = (received: number, total: number | undefined) => void

export interface DownloadOptions {
  /** The first hexadecimal digits of the content's SHA-256, as many as are known. */
  digest: string
  /** Called with every piece that arrives. */
  onProgress?: DownloadProgress
  /** Ends the download; what has arrived is kept. Default: the notebook's interrupt. */
  signal?: AbortSignal
}

/**
 * Fetches `url` into the file `path`. What arrives is kept in `path.part`, where the next call goes on; the
 * file appears under its name once it is complete and its digest is right.
 *
 * Several processes may fetch the same file at once: each byte has its place, and all write the same.
 *
 * @throws Error where the server cannot be reached or refuses, where the connection breaks off (the part is
 *   kept), and where the digest is wrong (the part is removed); AbortError where it was interrupted.
 * @example await download(url, 'resnet18-f37072fd.pth', { digest: 'f37072fd' })
 */
export async function download(url: string, path: string, options: DownloadOptions): Promise<void> {
  const work = new Work({
    label: `Downloading ${basename(path)}`,
    unit: 'bytes',
    signal: options.signal,
  })
  const onProgress: DownloadProgress = (received, total) => {
    work.report(received, total)
    options.onProgress?.(received, total)
  }
  try {
    await fetchInto(url, path, { ...options, onProgress, signal: work.signal })
    work.end()
  } catch (error) {
    if (work.signal?.aborted) throw work.stopped()
    work.end('ended')
    throw error
  }
}

async function fetchInto(url: string, path: string, options: DownloadOptions): Promise<void> {
  const { digest, signal } = options
  const part = `${path}.part`
  await mkdir(dirname(path), { recursive: true })
  const kept = existsSync(part) ? (await stat(part)).size : 0
  let response = await request(url, kept, signal)
  if (response.status === 416) {
    // There is nothing after what was kept: it is complete, or was never right.
    await response.body?.cancel()
    if ((await publish(part, path, digest)) === undefined) return
    response = await request(url, 0, signal)
  }
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`${url} answered ${response.status} ${response.statusText}`.trim())
  }
  await receive(response, part, options)
  const wrong = await publish(part, path, digest)
  if (wrong === undefined) return
  await rm(part, { force: true })
  throw new Error(
    `what ${url} sent is not the file, or was damaged on its way: its SHA-256 begins with ` +
      `${wrong.slice(0, digest.length)}, not ${digest}. It was removed; try again`,
  )
}

/** Gives a complete file its name. @returns its digest where that is wrong. */
async function publish(part: string, path: string, digest: string): Promise<string | undefined> {
  try {
    const found = await sha256(part)
    if (!found.startsWith(digest)) return found
    await rename(part, path)
  } catch (error) {
    if (!existsSync(path)) throw error // otherwise another process was faster
  }
}

async function request(url: string, from: number, signal?: AbortSignal): Promise<Response> {
  const headers = { 'accept-encoding': 'identity', ...(from && { range: `bytes=${from}-` }) }
  try {
    return await fetch(url, { headers, signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw new Error(`${url} cannot be reached (${reason(error)})`, { cause: error })
  }
}

/** Writes what a server sends to its place in the file. */
async function receive(
  response: Response,
  part: string,
  { onProgress, signal }: DownloadOptions,
): Promise<void> {
  let received = 0
  if (response.status === 206) {
    const [, start] = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '') ?? []
    if (start === undefined)
      throw new Error(`${response.url} sent a part of the file without saying which`)
    received = Number(start)
  }
  const length = response.headers.get('content-length')
  const total = length === null ? undefined : received + Number(length)
  const brokenOff = (why: string, cause?: unknown): Error =>
    new Error(
      `${response.url} broke off after ${received} of ${total ?? 'unknown'} bytes (${why}). ` +
        `What has arrived is kept: try again to fetch the rest`,
      { cause },
    )

  // Not truncated: what another process has written beyond is as right as what comes here.
  const file = await open(part, constants.O_RDWR | constants.O_CREAT)
  const reader = response.body?.getReader()
  try {
    for (;;) {
      const { value: piece } = (await reader?.read()) ?? {}
      if (!piece) break
      await file.write(piece, 0, piece.length, received)
      received += piece.length
      onProgress?.(received, total)
    }
    if (total === undefined || received >= total) return await file.truncate(received)
  } catch (error) {
    signal?.throwIfAborted()
    throw brokenOff(reason(error), error)
  } finally {
    await file.close()
    await reader?.cancel().catch(() => undefined) // it has failed already
  }
  throw brokenOff('the connection was closed')
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 }))
    hash.update(piece as Buffer)
  return hash.digest('hex')
}

/** Why a fetch failed: its own message says only that it did. */
function reason(error: unknown): string {
  const { cause, message } = error as Error
  if (!(cause instanceof Error)) return message
  return (cause as NodeJS.ErrnoException).code ?? cause.message
}
