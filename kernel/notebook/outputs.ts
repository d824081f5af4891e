import type { DisplayContent, PublishedMessage, StreamName } from '../protocol.js'
import type { CodeCell, DisplayOutput, Output } from './format.js'

/**
 * Turns what a kernel publishes into a notebook's outputs, as a Jupyter front end does: streams
 * grow, a display is updated in place by its id in whatever cell it stands, and a `clear_output`
 * that waits takes effect with the next output.
 *
 * One recorder serves a whole run, since a cell may update the display of an earlier one.
 */
export class OutputRecorder {
  readonly #displays = new Map<string, DisplayOutput[]>()
  readonly #cellsToClear = new Set<CodeCell>()

  /** Records one message of a cell; those that leave nothing in a notebook are ignored. */
  record(cell: CodeCell, message: PublishedMessage): void {
    switch (message.type) {
      case 'execute_input':
        cell.execution_count = message.content.execution_count
        return
      case 'stream':
        return this.#stream(cell, message.content.name, message.content.text)
      case 'display_data':
      case 'execute_result':
        return this.#display(cell, message)
      case 'update_display_data':
        return this.#update(message.content)
      case 'error': {
        const { ename, evalue, traceback } = message.content
        return this.#add(cell, { output_type: 'error', ename, evalue, traceback })
      }
      case 'clear_output':
        if (message.content.wait) this.#cellsToClear.add(cell)
        else cell.outputs.length = 0
    }
  }

  #stream(cell: CodeCell, name: StreamName, text: string): void {
    const last = this.#cellsToClear.has(cell) ? undefined : cell.outputs.at(-1)
    if (last?.output_type === 'stream' && last.name === name) last.text += text
    else this.#add(cell, { output_type: 'stream', name, text })
  }

  #display(cell: CodeCell, { type, content }: DisplayMessage): void {
    const output: DisplayOutput = { output_type: type, ...bundle(content) }
    if ('execution_count' in content) output.execution_count = content.execution_count
    this.#add(cell, output)
    const id = content.transient?.display_id
    if (id !== undefined) this.#displays.set(id, [...(this.#displays.get(id) ?? []), output])
  }

  #update(content: DisplayContent): void {
    const shown = this.#displays.get(content.transient?.display_id ?? '') ?? []
    for (const output of shown) Object.assign(output, bundle(content))
  }

  #add(cell: CodeCell, output: Output): void {
    if (this.#cellsToClear.delete(cell)) cell.outputs.length = 0
    cell.outputs.push(output)
  }
}

type DisplayMessage = Extract<PublishedMessage, { type: 'display_data' | 'execute_result' }>

function bundle({ data, metadata }: DisplayContent): Pick<DisplayOutput, 'data' | 'metadata'> {
  return { data, metadata }
}
