/** A report in the form of JUnit's, which systems of continuous integration read. */
import { stripVTControlCharacters } from 'node:util'
import { firstLine, type CellRun } from './run.js'

export interface NotebookReport {
  /** The notebook's path. */
  name: string
  /** What became of its cells. */
  cells: CellRun[]
}

/**
 * One suite for each notebook, one test case for each of its code cells.
 *
 * @example await writeWhole('report.xml', junitReport([{ name: 'lecture.ipynb', cells }]))
 */
export function junitReport(notebooks: NotebookReport[], name = 'fovea run'): string {
  const all = notebooks.flatMap(({ cells }) => cells)
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${xml(name)}" ${counts(all)}>
${notebooks.map(suite).join('\n')}
</testsuites>
`
}

function suite({ name, cells }: NotebookReport): string {
  return `  <testsuite name="${xml(name)}" ${counts(cells)}>
${cells.map((cell) => testCase(name, cell)).join('\n')}
  </testsuite>`
}

function testCase(notebook: string, run: CellRun): string {
  const title = `[${run.number ?? ' '}] ${firstLine(run.cell)}`
  const head = `    <testcase classname="${xml(notebook)}" name="${xml(title)}" time="${seconds(run.seconds)}"`
  if (run.outcome === 'skipped') return `${head}><skipped/></testcase>`
  if (!run.error) return `${head}/>`
  const { ename, evalue, traceback } = run.error
  return `${head}>
      <failure type="${xml(ename)}" message="${xml(evalue)}">${xml(traceback.join('\n'))}</failure>
    </testcase>`
}

function counts(cells: CellRun[]): string {
  const count = (outcome: CellRun['outcome']) =>
    cells.filter((cell) => cell.outcome === outcome).length
  const time = cells.reduce((sum, cell) => sum + cell.seconds, 0)
  return (
    `tests="${cells.length}" failures="${count('failed')}" errors="0" ` +
    `skipped="${count('skipped')}" time="${seconds(time)}"`
  )
}

function seconds(time: number): string {
  return time.toFixed(3)
}

/** Text for an element or an attribute; what XML 1.0 cannot hold at all becomes U+FFFD. */
function xml(text: string): string {
  return (
    stripVTControlCharacters(text)
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
      .replace(/\r/g, '&#13;')
  )
}
