/** Peak memory of a process that computes one gradient after another. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type NetworkName, networks, type Setting, table } from './measure.js'
import { torchPeer } from './peer.js'

const RUNS = 10
const batches: Record<NetworkName, number[]> = {
  squeezenet1_1: [1, 16],
  vgg16: [1],
  resnet18: [1, 16],
  mobilenet_v2: [1, 16],
}

export async function memorySection({ peer }: Setting): Promise<string> {
  const rows: string[][] = []
  for (const name of Object.keys(networks) as NetworkName[])
    for (const batch of batches[name]) {
      const ours = Number(
        execFileSync(
          process.execPath,
          [
            fileURLToPath(new URL('memory-process.js', import.meta.url)),
            name,
            `${batch}`,
            `${RUNS}`,
          ],
          { encoding: 'utf8' },
        ),
      )
      const fresh = peer && (await torchPeer(2)) // a process of its own, which has run nothing else
      const theirs = (await fresh?.run('gradient', name, batch, RUNS))?.peak
      fresh?.stop()
      rows.push([
        name,
        String(batch),
        ours.toFixed(0),
        theirs?.toFixed(0) ?? '–',
        theirs === undefined ? '–' : (ours / theirs).toFixed(2),
      ])
      console.log(rows.at(-1)!.join('  '))
    }
  return [
    `Peak resident memory of a process, in MiB, after ${RUNS} times forward + gradient at 224×224; ` +
      `the runtimes themselves (Node, Python) are included on both sides.`,
    '',
    table(['network', 'batch', 'Fovea', 'PyTorch', 'ratio'], rows),
  ].join('\n')
}
