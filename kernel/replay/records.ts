/** The records of results that a notebook keeps beside their pictures, and their comparison. */
import { relativeDifference, type DataSummary, type ResultRecord } from '../../src/record.js'
import { isObject, type CodeCell, type DisplayOutput, type Output } from '../notebook/format.js'
import type { Json, JsonObject } from '../protocol.js'
import { Findings, share, type Difference, type Tolerances } from './difference.js'
import { sameText } from './texts.js'

export const isDisplay = (output: Output): output is DisplayOutput =>
  output.output_type === 'display_data' || output.output_type === 'execute_result'

/** The records of an output; none where it is not of results, or was made by something else. */
export function recordsOf({ metadata: { fovea } }: DisplayOutput): ResultRecord[] {
  if (!Array.isArray(fovea)) return []
  const isRecords = fovea.every(isRecord)
  return isRecords ? (fovea as unknown as ResultRecord[]) : []
}

/** The records of all outputs of cells. */
export const recordsOfCells = (cells: readonly CodeCell[]): ResultRecord[] =>
  cells.flatMap(({ outputs }) => outputs.filter(isDisplay).flatMap(recordsOf))

/** What a file holds may be anything. */
function isRecord(value: Json): boolean {
  if (!isObject(value)) return false
  const texts = [value.method, value.network, value.digest, value.engine, value.fovea]
  return (
    texts.every((text) => typeof text === 'string') &&
    isObject(value.parameters) &&
    isSummary(value.data)
  )
}

function isSummary(value: Json | undefined): boolean {
  if (!isObject(value)) return false
  const isNumbers = (list: Json | undefined): boolean =>
    Array.isArray(list) && list.every((one) => typeof one === 'number')
  return (
    isNumbers(value.shape) &&
    isNumbers(value.sketch) &&
    typeof value.sha256 === 'string' &&
    typeof value.norm === 'number' &&
    typeof value.mean === 'number'
  )
}

/**
 * Compares two lists of records, one by one. What was asked must be the same (method, network and its digest,
 * parameters, shape), and the numbers within the tolerance. What it was computed by may differ and is noted: engine,
 * version, and the digest of the input, whose last bits are those of a machine.
 */
export function compareRecords(
  stored: readonly ResultRecord[],
  now: readonly ResultRecord[],
  tolerances: Tolerances,
): Findings {
  const findings = new Findings()
  if (stored.length !== now.length) {
    findings.differences.push({
      what: 'results',
      stored: methods(stored),
      now: methods(now),
    })
    return findings
  }
  stored.forEach((before, i) => compareRecord(before, now[i]!, tolerances, findings))
  return findings
}

const methods = (records: readonly ResultRecord[]): string =>
  records.map(({ method }) => method).join(', ') || 'none'

function compareRecord(
  stored: ResultRecord,
  now: ResultRecord,
  { numbers }: Tolerances,
  findings: Findings,
): void {
  findings.results++
  const { differences, notes } = findings
  const of = (what: string, value: (record: ResultRecord) => string): Difference | undefined => {
    const [before, after] = [value(stored), value(now)]
    if (before === after) return undefined
    return { what: `${stored.method}: ${what}`, stored: before, now: after }
  }
  const must = [
    of('method', ({ method }) => method),
    of('network', ({ network }) => network),
    of('network’s digest', ({ digest }) => digest),
    of('shape', ({ data }) => data.shape.join('×')),
  ]
  const may = [
    of('engine', ({ engine }) => engine),
    of('version of Fovea', ({ fovea }) => fovea),
    of('digest of the input', ({ input = 'none' }) => input),
  ]
  differences.push(...must.filter((one) => one !== undefined))
  notes.push(...may.filter((one) => one !== undefined))

  const parameters = of('parameters', (record) => sortedJson(record.parameters as JsonObject))
  if (parameters && !sameText(parameters.stored, parameters.now, numbers))
    differences.push(parameters)

  const apart = relativeDifference(stored.data, now.data)
  if (Number.isFinite(apart)) findings.largest = Math.max(findings.largest, apart)
  if (apart > numbers && stored.data.shape.join() === now.data.shape.join())
    differences.push({
      what: `${stored.method}: data`,
      stored: inWords(stored.data),
      now: inWords(now.data),
      distance: `${share(apart)} of their norm apart; ${share(numbers)} is allowed`,
    })
}

const inWords = ({ norm, mean, notFinite }: DataSummary): string =>
  `norm ${norm.toPrecision(5)}, mean ${mean.toPrecision(5)}` +
  (notFinite === undefined ? '' : `, ${notFinite} not finite`)

/** JSON whose keys are in order at every depth, as notebooks' files have them. */
export function sortedJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join()}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${sortedJson(member!)}`).join()}}`
}
