/** PyTorch in a process of its own. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Peer {
  /** Of PyTorch, and of Captum where it is there. */
  version: string
  /** Milliseconds of each of `repeats` runs of a task, and the process's peak memory in MiB until then. */
  run(task: Task, network: string, batch: number, repeats: number): Promise<PeerRuns>
  stop(): void
}

export interface PeerRuns {
  times: number[]
  peak: number
}

export type Task =
  | 'forward'
  | 'gradient'
  | 'saliency'
  | 'guided'
  | 'gradcam'
  | 'integrated'
  | 'occlusion'
  | 'ascent'
  | 'style'

/** Undefined where /usr/bin/python3 has no PyTorch. */
export async function torchPeer(threads: number): Promise<Peer | undefined> {
  const script = fileURLToPath(new URL('torch_peer.py', import.meta.url))
  const child = spawn('/usr/bin/python3', [script, String(threads)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  child.on('error', () => undefined)
  const first = await lines.next()
  if (first.done) return undefined
  return {
    version: first.value,
    async run(task, network, batch, repeats) {
      child.stdin.write(`${task} ${network} ${batch} ${repeats}\n`)
      const line = await lines.next()
      if (line.done) throw new Error(`the process that runs PyTorch ended in ${task} of ${network}`)
      const [peak, ...times] = line.value.split(' ').map(Number)
      return { peak: peak!, times }
    },
    stop: () => child.kill(),
  }
}
