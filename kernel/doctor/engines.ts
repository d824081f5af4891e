import { execFile } from 'node:child_process'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { backends } from '../../src/engine/tensorflow/backend.js'
import { packageFolder } from '../preloaded.js'
import { absent, bad, type Check, good, type Group } from './check.js'
import type { Probed } from './probe.js'

/** What each engine can compute on, tried with a tiny graph and its gradient. */
export async function engines(): Promise<Group> {
  const checks: Check[] = []
  const providers = ort.listSupportedBackends().map(({ name }) => name)
  for (const provider of providers) {
    const probed = await probe('onnx', provider)
    const isUnknown = 'reason' in probed && probed.reason.startsWith('no onnx provider')
    if (!isUnknown) checks.push(report(`onnx, ${provider}`, probed, provider === 'cpu'))
  }
  for (const backend of backends)
    checks.push(
      report(`tensorflow, ${backend}`, await probe('tensorflow', backend), backend === 'plain'),
    )
  return { title: 'Engines', checks }
}

function report(name: string, probed: Probed, isNeeded: boolean): Check {
  if ('version' in probed) {
    const { version, milliseconds } = probed
    return good(name, `${version}: a graph and its gradient in ${milliseconds.toFixed(0)} ms`)
  }
  // The engines' own messages end with what is needed.
  const [reason = '', ...more] = probed.reason
    .replace(/^the onnx provider .*? here: /, '')
    .split(/(?<=\.) (?=It needs )|: (?=npm install )/)
  const hint = more.join(' ') || undefined
  return isNeeded
    ? bad(name, reason, hint ?? "install Fovea's packages again: npm install")
    : absent(name, reason, hint)
}

function probe(family: string, variant: string): Promise<Probed> {
  const program = join(packageFolder, 'dist', 'kernel', 'doctor', 'probe.js')
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, family, variant],
      { timeout: 60_000 },
      (error, stdout, stderr) => {
        const last = stdout.trimEnd().split('\n').at(-1) ?? ''
        if (!error && last.startsWith('{')) return resolve(JSON.parse(last) as Probed)
        const why = error?.killed
          ? 'it did not answer within a minute'
          : `its process ended: ${error?.signal ?? stderr.trim().split('\n').at(-1) ?? 'no reason given'}`
        resolve({ reason: why })
      },
    )
  })
}
