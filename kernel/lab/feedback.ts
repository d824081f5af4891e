/** The page that a student gets: the own notebook as it ran, with points and messages below each graded cell. */
import type { Cell, CodeCell, Notebook, TextCell } from '../notebook/format.js'
import { notebookToHtml } from '../notebook/html.js'
import type { CellScore, Grade } from './grade.js'
import type { Step } from './plan.js'
import { withoutHiddenTests } from './release.js'

export interface FeedbackOptions {
  /** The page's title: of the lab and the student. */
  title: string
  /** Whether hidden tests and what they found are shown. Default false: that a hidden test has failed is said, not which. */
  showHidden?: boolean
}

/**
 * @param submission Gives the metadata.
 * @example await writeWhole('feedback/ada.html', feedbackPage(submission, grade, { title: 'Saliency · ada' }))
 */
export function feedbackPage(
  { metadata, ...rest }: Notebook,
  grade: Grade,
  { title, showHidden = false }: FeedbackOptions,
): string {
  const scores = new Map(grade.cells.map((score) => [score.id, score]))
  const cells = grade.steps.flatMap((step): Cell[] => {
    if (step.kind === 'submitted') return [step.cell]
    const score = scores.get(step.entry.id)
    const shown = step.kind === 'tests' ? [testsShown(step, score, showHidden)] : (step.cell ?? [])
    return [...[shown].flat(), text(verdict(score, showHidden))]
  })
  const page = {
    ...rest,
    metadata: { ...metadata, title },
    cells: [text(summary(grade, title)), ...cells],
  }
  return notebookToHtml(page, { title })
}

function testsShown(
  { cell }: Step & { kind: 'tests' },
  score: CellScore | undefined,
  showHidden: boolean,
): CodeCell {
  if (showHidden) return cell
  const source = withoutHiddenTests(cell.source)
  // What hidden tests print would show what they expect. Errors stand in the verdict.
  const mayShow = source === cell.source || (score?.message !== undefined && score.hidden !== true)
  const outputs = cell.outputs.filter(({ output_type: type }) => mayShow && type !== 'error')
  return { ...cell, source, outputs }
}

function verdict(score: CellScore | undefined, showHidden: boolean): string {
  if (!score) return ''
  const { score: reached, points, message, hidden } = score
  if (reached === null) return `**— of ${points}**: to be graded by hand`
  const sign = reached === points ? '✓' : '✗'
  const line = `**${sign} ${reached} of ${points}**`
  if (message === undefined) return line
  if (hidden && !showHidden) return `${line}: a hidden test failed. ${hintIn(message)}`
  return `${line}\n\n${fenced(message)}`
}

/** The advice of a check names no values. */
function hintIn(message: string): string {
  const hint = /^ *hint +(.*)$/m.exec(message)?.[1]
  return hint === undefined || /\d/.test(hint) ? '' : `Hint: ${hint}`
}

function summary({ cells, score, maximum, toGrade }: Grade, title: string): string {
  const rows = cells.map(
    ({ id, points, score: reached }) => `| ${escaped(id)} | ${reached ?? '—'} | ${points} |`,
  )
  const open = toGrade > 0 ? ` ${toGrade} points are to be graded by hand.` : ''
  return [
    `# ${escaped(title)}`,
    `**${score} of ${maximum} points.**${open}`,
    ['| exercise | points | of |', '|:--|--:|--:|', ...rows].join('\n'),
  ].join('\n\n')
}

function text(source: string): TextCell {
  return { cell_type: 'markdown', metadata: {}, source }
}

function fenced(message: string): string {
  const fence = '`'.repeat(
    Math.max(3, ...[...message.matchAll(/`+/g)].map(([run]) => run.length + 1)),
  )
  return `${fence}text\n${message}\n${fence}`
}

function escaped(name: string): string {
  return name.replace(/[\\`*_[\]<>|#]/g, '\\$&')
}
