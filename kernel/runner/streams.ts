/** What is written to stdout and stderr goes to the cell that wrote it. */
import process from 'node:process'
import { currentCell, Interrupted } from './cells.js'
import type { StreamName } from '../protocol.js'
import { bufferFrom } from './primordials.js'
import { send } from './send.js'

export function redirectStreams(): void {
  redirect('stdout')
  redirect('stderr')
}

type Done = (error?: Error | null) => void

function redirect(name: StreamName): void {
  const write = (
    data: string | Uint8Array,
    encoding?: BufferEncoding | Done,
    done?: Done,
  ): boolean => {
    const cell = currentCell()
    if (cell?.interrupted) throw new Interrupted()
    const text =
      typeof data === 'string'
        ? data
        : bufferFrom(data).toString(typeof encoding === 'string' ? encoding : 'utf8')
    send({ type: 'stream', id: cell?.id ?? '', name, text })
    const callback = typeof encoding === 'function' ? encoding : done
    if (callback) process.nextTick(callback)
    return true
  }
  process[name].write = write
}
