/** The outputs of a cell, in two runs. */
import {
  cellTags,
  type CodeCell,
  type DisplayOutput,
  type StreamOutput,
} from '../notebook/format.js'
import type { Json } from '../protocol.js'
import { PROGRESS } from '../runner/messages.js'
import { Findings, share, type Tolerances } from './difference.js'
import { pictureDifference } from './pictures.js'
import { compareRecords, isDisplay, recordsOf, sortedJson } from './records.js'
import { firstDifferentLines, sameText } from './texts.js'

/** The tag of cells whose output is not the same every time; nbval has it, too. */
export const IGNORED = 'nbval-ignore-output'

/** Compares what a cell printed, showed and threw. */
export async function compareCells(
  stored: CodeCell,
  now: CodeCell,
  tolerances: Tolerances,
): Promise<Findings> {
  const findings = new Findings()
  if (cellTags(now).includes(IGNORED)) return findings
  const { differences } = findings

  for (const name of ['stdout', 'stderr'] as const) {
    const [before, after] = [printed(stored, name), printed(now, name)]
    if (before !== '' || after !== '') compareTexts(name, before, after, tolerances, findings)
  }
  const [threw, throws] = [thrown(stored), thrown(now)]
  if (threw !== throws) differences.push({ what: 'error', stored: threw, now: throws })

  const [shown, shows] = [displaysOf(stored), displaysOf(now)]
  if (shown.length !== shows.length)
    differences.push({
      what: 'displays',
      stored: String(shown.length),
      now: String(shows.length),
    })
  else
    for (const [i, output] of shown.entries())
      findings.add(await compareDisplays(output, shows[i]!, tolerances))
  return findings
}

const displaysOf = ({ outputs }: CodeCell): DisplayOutput[] =>
  outputs.filter(isDisplay).filter(({ metadata }) => !(PROGRESS in metadata))

/** A text in whatever pieces it arrived. */
const printed = ({ outputs }: CodeCell, name: StreamOutput['name']): string =>
  outputs
    .filter((output) => output.output_type === 'stream')
    .filter((output) => output.name === name)
    .map(({ text }) => text)
    .join('')

/** Without the traceback, which names files. */
function thrown({ outputs }: CodeCell): string {
  const error = outputs.find((output) => output.output_type === 'error')
  return error ? `${error.ename}: ${error.evalue}` : 'none'
}

async function compareDisplays(
  stored: DisplayOutput,
  now: DisplayOutput,
  tolerances: Tolerances,
): Promise<Findings> {
  const records = recordsOf(stored)
  // What was stored without records was made by something else, or by a version without them.
  const findings =
    records.length > 0 ? compareRecords(records, recordsOf(now), tolerances) : new Findings()
  for (const format of Object.keys(stored.data)) {
    // The chart that is drawn by scripts is the picture beside it.
    if (format === 'text/html' && 'image/png' in stored.data) continue
    const [before, after] = [stored.data[format], now.data[format]]
    if (after === undefined)
      findings.differences.push({ what: format, stored: 'there', now: 'not there' })
    else if (/^image\/(png|jpeg)$/.test(format))
      await comparePictures(before, after, tolerances, findings)
    else compareTexts(format, textOf(before), textOf(after), tolerances, findings)
  }
  return findings
}

const textOf = (content: Json | undefined): string =>
  typeof content === 'string' ? content : sortedJson(content ?? null)

async function comparePictures(
  stored: Json | undefined,
  now: Json,
  { pictures }: Tolerances,
  findings: Findings,
): Promise<void> {
  findings.pictures++
  const base64 = (content: Json | undefined): string =>
    typeof content === 'string' ? content.replaceAll(/\s/g, '') : ''
  let apart: number
  try {
    apart = await pictureDifference(base64(stored), base64(now))
  } catch {
    apart = Infinity // the stored one is broken
  }
  if (apart <= pictures) return
  findings.differences.push({
    what: 'picture',
    stored: 'a picture',
    now: apart === Infinity ? 'one of another size' : 'another picture',
    ...(apart < Infinity && {
      distance: `${share(apart)} of the range apart, root mean square; ${share(pictures)} is allowed`,
    }),
  })
}

function compareTexts(
  what: string,
  stored: string,
  now: string,
  { numbers }: Tolerances,
  findings: Findings,
): void {
  findings.texts++
  if (sameText(stored, now, numbers)) return
  const [before, after] = firstDifferentLines(stored, now)
  findings.differences.push({ what, stored: before, now: after })
}
