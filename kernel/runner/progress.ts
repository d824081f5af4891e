/** The library's long work in the output of the cell: a progress bar, and a figure that is replaced. */
import { conclusion, facts, line, percent } from '../../src/work/words.js'
import type { WorkState } from '../../src/work/work.js'
import { escapeHtml } from '../notebook/escape.js'
import { type Cell, currentCell } from './cells.js'
import { show } from './display.js'
import { PROGRESS, type Shown } from './messages.js'
import { NativeMap } from './primordials.js'
import { send } from './send.js'

/** Seconds before a bar appears: what is over sooner would only flicker. */
const PATIENCE = 0.25

/** Has the library tell its work to this process's cells. */
export function showProgress(): void {
  Object.defineProperty(globalThis, Symbol.for('fovea.progress'), {
    value: receive,
    configurable: true,
  })
}

const views = new NativeMap<number, View>()

function receive(state: WorkState): void {
  let view = views.get(state.id)
  if (!view) {
    const cell = currentCell()
    if (!cell || state.status !== 'running') return
    views.set(state.id, (view = new View(cell, state)))
  }
  view.update(state)
}

/** One piece of work on the page. */
class View {
  private shown = false
  private figure: 'none' | 'making' | 'shown' | 'gone' = 'none'

  constructor(
    private readonly cell: Cell,
    private latest: WorkState,
  ) {
    cell.work.set(this, () => this.abandon())
  }

  update(state: WorkState): void {
    this.latest = state
    const over = state.status !== 'running'
    if (!over && state.seconds < PATIENCE) return
    // Work that was over before its bar appeared gets none, unless there is something to say.
    if (this.shown || !over || state.status === 'interrupted') {
      this.put('bar', vanishes(state) ? nothing : bar(state), this.shown)
      this.shown = true
    }
    if (vanishes(state)) this.removeFigure()
    else this.putFigure(state)
    if (over) this.forget()
  }

  /** The cell has ended; the loop was cut off, or goes on unseen. */
  private abandon(): void {
    if (this.shown) this.update({ ...this.latest, status: 'interrupted' })
    this.forget()
  }

  private forget(): void {
    views.delete(this.latest.id)
    this.cell.work.delete(this)
  }

  private putFigure(state: WorkState): void {
    if (!state.show || this.figure === 'making') return
    const update = this.figure === 'shown'
    try {
      const made = show(state.show())
      this.figure = 'shown'
      if (!(made instanceof Promise)) return this.put('figure', made, update)
      this.figure = 'making' // a slow figure misses updates
      const put = made.then((figure) => {
        if (this.figure === 'gone') return
        this.put('figure', figure, update)
        this.figure = 'shown'
      })
      this.cell.displays.add(put)
    } catch (error) {
      // The work is worth more than its picture, which the next update tries again.
      send({
        type: 'stream',
        id: this.cell.id,
        name: 'stderr',
        text: `${state.label}: its figure failed: ${String(error)}\n`,
      })
    }
  }

  /** What the work has come to shows itself; its last picture would stand there twice. */
  private removeFigure(): void {
    if (this.figure !== 'none') this.put('figure', nothing, true)
    this.figure = 'gone'
  }

  private put(what: 'bar' | 'figure', content: Shown | undefined, update: boolean): void {
    if (!content) return
    const transient = { display_id: `fovea-work-${process.pid}-${this.latest.id}-${what}` }
    const metadata = { ...content.metadata, [PROGRESS]: true }
    const shown = { ...content, metadata, transient }
    send({ type: 'display', id: this.cell.id, update, content: shown })
  }
}

const vanishes = ({ transient, status }: WorkState): boolean => transient && status === 'finished'

const nothing: Shown = { data: { 'text/plain': '' }, metadata: {} }

/**
 * Elements and attributes that every front-end leaves standing, trusted or not; without the styles it is plainer.
 */
function bar(state: WorkState): Shown {
  return { data: { 'text/html': html(state), 'text/plain': line(state) }, metadata: {} }
}

function html(state: WorkState): string {
  const label = escapeHtml(state.label)
  const row = (content: string) =>
    `<div style="font-variant-numeric: tabular-nums; line-height: 1.8">${content}</div>`
  const small = (words: string[]) =>
    `<small style="opacity: 0.75">${escapeHtml(words.filter(Boolean).join(' · '))}</small>`
  if (state.status !== 'running') {
    const mark = state.status === 'finished' ? '✓' : '■'
    return row(
      `<span aria-hidden="true">${mark}</span> <strong>${label}</strong> &ensp;${small([conclusion(state), state.note ?? ''])}`,
    )
  }
  const { done, total } = state
  const share = total ? Math.min(1, done / total) : undefined
  const value = share === undefined ? '' : ` max="1" value="${share.toFixed(4)}"`
  const style = 'width: 16em; height: 1em; vertical-align: -0.1em'
  return row(
    `<strong>${label}</strong> &ensp;<progress${value} aria-label="${label}" style="${style}"></progress>` +
      `${share === undefined ? '' : ` &ensp;${percent(share)}`} &ensp;${small(facts(state))}`,
  )
}
