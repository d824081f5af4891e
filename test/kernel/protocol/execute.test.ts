import { expect } from 'chai'
import { useKernel } from './wire.js'

describe('protocol: execute', () => {
  const used = useKernel()

  const count = async () => {
    const { reply } = await used.wire.execute('', { silent: true })
    return reply.content.execution_count as number
  }

  it('publishes the input, the result under the same number, and replies', async () => {
    const { types, contentOf, reply } = await used.wire.execute('const a = 6; a * 7')
    expect(types).to.deep.equal(['execute_input', 'execute_result'])
    const { execution_count } = reply.content
    expect(contentOf('execute_input')).to.deep.equal({
      code: 'const a = 6; a * 7',
      execution_count,
    })
    expect(contentOf('execute_result')).to.deep.equal({
      execution_count,
      data: { 'text/plain': '42' },
      metadata: {},
    })
    expect(reply.content).to.deep.equal({
      ...{ status: 'ok', execution_count, payload: [], user_expressions: {} },
    })
    expect(Date.parse(reply.metadata.started as string)).to.be.within(Date.now() - 5000, Date.now())
  })

  it('publishes no result for a cell without a value', async () => {
    expect((await used.wire.execute('const b = 1')).types).to.deep.equal(['execute_input'])
    expect((await used.wire.execute('')).types).to.deep.equal(['execute_input'])
  })

  it('publishes an error once, and replies with the same', async () => {
    const { types, contentOf, reply } = await used.wire.execute('throw new RangeError("too far")')
    expect(types).to.deep.equal(['execute_input', 'error'])
    const error = contentOf('error')!
    expect(error).to.include({ ename: 'RangeError', evalue: 'too far' })
    expect(error.traceback).to.be.an('array').with.length.above(1)
    const { status, execution_count, ...same } = reply.content
    expect(same).to.deep.equal(error)
    expect(status).to.equal('error')
    expect(execution_count).to.equal(await count())
  })

  it('keeps streams apart and in order, coalesced, before what comes after them', async () => {
    const { published, text } = await used.wire.execute(
      'for (let i = 0; i < 100; i++) console.log(i); console.error("e"); display(1); console.log("z")',
    )
    const outputs = published.filter(({ header }) => /stream|display/.test(header.msg_type))
    expect(outputs.map(({ header, content }) => content.name ?? header.msg_type)).to.deep.equal([
      ...['stdout', 'stderr', 'display_data', 'stdout'],
    ])
    expect(text()).to.equal(`${Array.from({ length: 100 }, (_, i) => i).join('\n')}\nz\n`)
    expect(text('stderr')).to.equal('e\n')
  })

  it('displays, updates in place, and clears', async () => {
    const { published, types } = await used.wire.execute(`
      const handle = display({ [Symbol.for('Jupyter.display')]: () => ({
        'text/markdown': '**bold**', 'application/json': { deep: [1, null] } }) })
      handle.update('later')
      clearOutput()
      clearOutput(true)`)
    expect(types).to.deep.equal([
      ...['execute_input', 'display_data', 'update_display_data', 'clear_output', 'clear_output'],
    ])
    const [, , shown, update, cleared, waiting] = published.map(({ content }) => content)
    expect(shown!.data).to.deep.include({
      'text/markdown': '**bold**',
      'application/json': { deep: [1, null] },
    })
    expect(shown!.data).to.have.property('text/plain')
    expect(shown!.metadata).to.deep.equal({})
    expect(shown!.transient).to.have.property('display_id').that.is.a('string')
    expect(update!.data).to.deep.equal({ 'text/plain': "'later'" })
    expect(update!.transient).to.deep.equal(shown!.transient)
    expect([cleared, waiting]).to.deep.equal([{ wait: false }, { wait: true }])
  })

  it('shows nothing more where a cell ends with a display', async () => {
    const { types } = await used.wire.execute('display(1)')
    expect(types).to.deep.equal(['execute_input', 'display_data'])
  })

  it('sends a display that a later cell updates with that cell for its parent', async () => {
    await used.wire.execute('const kept = display(1)')
    const { types } = await used.wire.execute('kept.update(2)')
    expect(types).to.deep.equal(['execute_input', 'update_display_data'])
  })

  it('runs a silent cell without a trace, but for its effects', async () => {
    const before = await count()
    const code = 'var quiet = 5; console.log(1); console.error(2); display(3); clearOutput(); quiet'
    const { types, reply } = await used.wire.execute(code, { silent: true, store_history: true })
    expect(types).to.deep.equal([])
    expect(reply.content).to.include({ status: 'ok', execution_count: before })
    const failed = await used.wire.execute('throw 1', { silent: true })
    expect(failed.types).to.deep.equal([])
    expect(failed.reply.content).to.include({ status: 'error', execution_count: before })
    const after = await used.wire.execute('quiet')
    expect(after.contentOf('execute_result')).to.deep.include({
      execution_count: before + 1,
      data: { 'text/plain': '5' },
    })
  })

  it('shows a cell that is not stored, under the present number', async () => {
    const before = await count()
    const { types, contentOf, reply } = await used.wire.execute('"unstored"', {
      store_history: false,
    })
    expect(types).to.deep.equal(['execute_input', 'execute_result'])
    expect(contentOf('execute_result')!.execution_count).to.equal(before)
    expect(reply.content.execution_count).to.equal(before)
    expect(await count()).to.equal(before)
  })

  it('keeps the places of stored and unstored cells apart', async () => {
    await used.wire.execute('\n\nfunction stored(): never { throw Error("stored") }')
    await used.wire.execute('// another\n\n\n\nfunction unstored() {}', { store_history: false })
    const n = await count()
    const { contentOf } = await used.wire.execute('stored()')
    expect((contentOf('error')!.traceback as string[]).join('\n')).to.include(`Cell[${n}].ts:3:`)
  })

  it('evaluates user expressions after the cell, each with an error of its own', async () => {
    const { reply } = await used.wire.execute('let u = 20; const f = () => u; u++', {
      user_expressions: { good: 'f() + 1', bad: 'nowhere', worse: '1 +', '': '"empty name"' },
    })
    const { good, bad, worse, ...rest } = reply.content.user_expressions as Record<string, object>
    expect(good).to.deep.equal({ status: 'ok', data: { 'text/plain': '22' }, metadata: {} })
    expect(bad).to.include({ status: 'error', ename: 'ReferenceError' })
    expect(bad).to.have.property('traceback').that.is.an('array')
    expect(worse).to.include({ status: 'error', ename: 'SyntaxError' })
    expect(rest['']).to.deep.include({ data: { 'text/plain': "'empty name'" } })
  })

  it('runs queued cells one after another', async () => {
    const codes = ['await new Promise((r) => setTimeout(r, 30)); 1', '2', '3']
    const outcomes = await Promise.all(codes.map((code) => used.wire.execute(code)))
    const order = used.wire.received
      .filter(({ header }) => header.msg_type === 'status' || header.msg_type === 'execute_result')
      .filter(({ parent }) => outcomes.some(({ header }) => header.msg_id === parent.msg_id))
      .map(({ content }) => content.execution_state ?? 'result')
    expect(order).to.deep.equal(outcomes.flatMap(() => ['busy', 'result', 'idle']))
  })

  it('aborts what was sent before a cell failed, and only cells', async () => {
    const { wire } = used
    const failing = wire.execute('await null; throw 1')
    const waiting = [wire.execute('globalThis.ran = 1'), wire.execute('2', { silent: true })]
    const info = wire.request('shell', 'kernel_info_request')
    const before = (await failing).reply.content.execution_count
    for (const { reply, types, states } of await Promise.all(waiting)) {
      expect(reply.content).to.deep.equal({ status: 'aborted', execution_count: before })
      expect(types).to.deep.equal([])
      expect(states).to.deep.equal(['busy', 'idle'])
    }
    expect((await info).reply.content.status).to.equal('ok')
    const after = await wire.execute('"ran" in globalThis')
    expect(after.contentOf('execute_result')).to.deep.include({
      execution_count: (before as number) + 1,
      data: { 'text/plain': 'false' },
    })
  })

  it('aborts after an error of types as well', async () => {
    const [failed, aborted] = await Promise.all([
      used.wire.execute('const wrong: number = "text"'),
      used.wire.execute('1'),
    ])
    expect(failed.contentOf('error')!.ename).to.equal('TypeScriptError')
    expect(aborted.reply.content.status).to.equal('aborted')
  })

  it('goes on after an error where stop_on_error is false', async () => {
    const [, next] = await Promise.all([
      used.wire.execute('throw 1', { stop_on_error: false }),
      used.wire.execute('2'),
    ])
    expect(next.reply.content.status).to.equal('ok')
  })

  it('takes what is left out for its default', async () => {
    const { types, reply } = await used.wire.request('shell', 'execute_request', { code: '1' })
    expect(types).to.deep.equal(['execute_input', 'execute_result'])
    expect(reply.content.execution_count).to.equal(await count())
  })

  it('sends late output to the cell that made it', async () => {
    const code = 'setTimeout(() => console.log("late"), 100)'
    const { header } = await used.wire.execute(`${code}; 0`)
    const late = await used.wire.until(({ content }) => content.text === 'late\n')
    expect(late.parent).to.deep.equal(header)
  })
})
