import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { useKernel, Wire, type WireMessage } from './wire.js'

describe('protocol: input', () => {
  const used = useKernel()

  const start = (code: string, content = {}) =>
    used.wire.send('shell', 'execute_request', { code, allow_stdin: true, ...content })

  /** The nth question that was asked on behalf of a cell. */
  const question = (header: WireMessage['header'], n = 1) => {
    const asked = () =>
      used.wire.received.filter(
        ({ channel, parent }) => channel === 'stdin' && parent.msg_id === header.msg_id,
      )
    return used.wire.until(() => asked().length >= n).then(() => asked()[n - 1]!)
  }
  const answer = (value: unknown, wire = used.wire) => wire.send('stdin', 'input_reply', { value })
  const result = async (header: WireMessage['header']) =>
    ((await used.wire.outcomeOf(header)).contentOf('execute_result')?.data as object) ?? {}

  it('is asked of the front-end that runs the cell, with the prompt', async () => {
    const bystander = await Wire.connect(used.kernel.connection)
    const cell = await start('await input("Your name: ")')
    const asked = await question(cell)
    expect(asked.header.msg_type).to.equal('input_request')
    expect(asked.content).to.deep.equal({ prompt: 'Your name: ', password: false })
    expect(asked.signed).to.equal(true)
    await answer('an intruder', bystander)
    await sleep(100)
    await answer('Grüße 𝒳')
    expect(await result(cell)).to.deep.equal({ 'text/plain': "'Grüße 𝒳'" })
    expect(bystander.received.filter(({ channel }) => channel === 'stdin')).to.deep.equal([])
    bystander.close()
  })

  it('is asked as a password', async () => {
    const cell = await start('(await input("Key: ", { password: true })).length')
    expect((await question(cell)).content).to.deep.equal({ prompt: 'Key: ', password: true })
    await answer('secret')
    expect(await result(cell)).to.deep.equal({ 'text/plain': '6' })
  })

  it('is asked for one line at a time', async () => {
    const cell = await start('await Promise.all([input("a"), input("b")])')
    expect((await question(cell)).content.prompt).to.equal('a')
    await sleep(50)
    const asked = used.wire.received.filter(({ content }) => content.prompt === 'b')
    expect(asked.length).to.equal(0)
    await answer('1')
    expect((await question(cell, 2)).content.prompt).to.equal('b')
    await answer('2')
    expect(await result(cell)).to.deep.equal({ 'text/plain': "[ '1', '2' ]" })
  })

  it('comes after the output before it', async () => {
    const cell = await start('console.log("first"); await input("then")')
    const asked = await question(cell)
    await answer('')
    await used.wire.outcomeOf(cell)
    const text = used.wire.received.findIndex(({ content }) => content.text === 'first\n')
    expect(text).to.be.within(0, used.wire.received.indexOf(asked))
  })

  for (const [what, content] of Object.entries({
    'is false': { allow_stdin: false },
    'is left out': { allow_stdin: undefined },
  }))
    it(`is refused where allow_stdin ${what}`, async () => {
      const cell = await start('await input("?")', content)
      const { contentOf } = await used.wire.outcomeOf(cell)
      expect(contentOf('error')!.evalue).to.include('nobody is there to answer')
      const asked = used.wire.received.filter(
        ({ channel, parent }) => channel === 'stdin' && parent.msg_id === cell.msg_id,
      )
      expect(asked).to.deep.equal([])
    })

  it('ends with an interrupt, and a late reply goes nowhere', async () => {
    const cell = await start('await input("interrupted")')
    await question(cell)
    await used.wire.request('control', 'interrupt_request')
    expect((await used.wire.outcomeOf(cell)).contentOf('error')!.ename).to.equal(
      'KeyboardInterrupt',
    )
    await answer('too late')
    const next = await start('await input("next")')
    await question(next)
    await answer('in time')
    expect(await result(next)).to.deep.equal({ 'text/plain': "'in time'" })
  })

  it('fails where the front-end gives no value, and survives nonsense', async () => {
    const cell = await start('await input("?")')
    await question(cell)
    await used.wire.send('stdin', 'no_such_reply', { value: 'x' })
    await answer(5)
    await used.wire.send('stdin', 'input_reply', { status: 'error' })
    const { contentOf } = await used.wire.outcomeOf(cell)
    expect(contentOf('error')!.evalue).to.include('nobody is there to answer')
  })
})
