import { expect } from 'chai'
import type { CodeCell, Output } from '../../kernel/notebook/format.js'
import { OutputRecorder } from '../../kernel/notebook/outputs.js'
import {
  newHeader,
  type PublishedContents,
  type PublishedMessage,
  type PublishedType,
} from '../../kernel/protocol.js'

function message<T extends PublishedType>(type: T, content: PublishedContents[T]) {
  const header = newHeader(type, 'session')
  const parts = { identities: [], header, parent: {}, metadata: {}, buffers: [] }
  return { ...parts, type, content } as unknown as PublishedMessage
}

const stream = (name: 'stdout' | 'stderr', text: string) => message('stream', { name, text })
const shown = (text: string, display_id?: string) => ({
  data: { 'text/plain': text },
  metadata: {},
  ...(display_id !== undefined && { transient: { display_id } }),
})

function cell(): CodeCell {
  return { cell_type: 'code', metadata: {}, source: '', execution_count: null, outputs: [] }
}

function record(...messages: PublishedMessage[]): Output[] {
  const target = cell()
  const recorder = new OutputRecorder()
  for (const one of messages) recorder.record(target, one)
  return target.outputs
}

describe('notebook outputs', () => {
  it('lets a stream grow until another output comes between', () => {
    const outputs = record(
      stream('stdout', 'a\n'),
      stream('stdout', 'b\n'),
      stream('stderr', 'warning\n'),
      stream('stdout', 'c\n'),
    )
    expect(outputs).to.deep.equal([
      { output_type: 'stream', name: 'stdout', text: 'a\nb\n' },
      { output_type: 'stream', name: 'stderr', text: 'warning\n' },
      { output_type: 'stream', name: 'stdout', text: 'c\n' },
    ])
  })

  it('keeps results, errors and the count of the cell', () => {
    const target = cell()
    const recorder = new OutputRecorder()
    const error = { ename: 'TypeError', evalue: 'no', traceback: ['TypeError: no'] }
    recorder.record(target, message('execute_input', { code: '', execution_count: 4 }))
    recorder.record(target, message('execute_result', { ...shown('21', 'x'), execution_count: 4 }))
    recorder.record(target, message('error', error))
    recorder.record(target, message('status', { execution_state: 'idle' }))
    expect(target.execution_count).to.equal(4)
    const result = { data: { 'text/plain': '21' }, metadata: {}, execution_count: 4 }
    expect(target.outputs).to.deep.equal([
      { output_type: 'execute_result', ...result },
      { output_type: 'error', ...error },
    ])
  })

  it('updates a display in place wherever it was shown, and adds none', () => {
    const recorder = new OutputRecorder()
    const [first, second] = [cell(), cell()]
    recorder.record(first, message('display_data', shown('0 %', 'bar')))
    recorder.record(first, stream('stdout', 'after'))
    recorder.record(second, message('display_data', shown('0 %', 'bar')))
    recorder.record(second, message('update_display_data', shown('100 %', 'bar')))
    recorder.record(second, message('update_display_data', shown('lost', 'unknown')))
    const bar = { output_type: 'display_data', data: { 'text/plain': '100 %' }, metadata: {} }
    expect(first.outputs[0]).to.deep.equal(bar)
    expect(first.outputs).to.have.length(2)
    expect(second.outputs).to.deep.equal([bar])
  })

  it('clears at once, or with the next output when it is to wait', () => {
    const clear = (wait: boolean) => message('clear_output', { wait })
    expect(record(stream('stdout', 'a'), clear(false))).to.deep.equal([])
    expect(record(stream('stdout', 'a'), clear(true))).to.have.length(1)
    expect(record(stream('stdout', 'a'), clear(true), stream('stdout', 'b'))).to.deep.equal([
      { output_type: 'stream', name: 'stdout', text: 'b' },
    ])
  })
})
