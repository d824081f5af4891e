/** Jupyter's own client library, which most front-ends are built on. */
import { expect } from 'chai'
import { fileURLToPath } from 'node:url'
import { Jupyter } from './jupyter.js'
import { needs } from './machine.js'

interface Run {
  reply: { status: string; ename?: string; evalue?: string }
  outputs: [string, { data?: Record<string, string>; name?: string; text?: string }][]
}

describe('jupyter_client', () => {
  needs(['jupyter_client'])
  let jupyter: Jupyter
  before(async () => (jupyter = await Jupyter.create()))
  after(() => jupyter?.remove())

  it('lists the kernel', async () => {
    const { stdout } = await jupyter.python([
      '-m',
      'jupyter_client.kernelspecapp',
      'list',
      '--json',
    ])
    const { kernelspecs } = JSON.parse(stdout) as { kernelspecs: Record<string, object> }
    expect(kernelspecs.fovea).to.have.nested.property('spec.display_name', 'Fovea (TypeScript)')
  })

  it('starts it, runs cells, asks, interrupts, restarts and ends it', async () => {
    const script = fileURLToPath(new URL('client.py', import.meta.url))
    const { stdout } = await jupyter.python([script])
    const seen = JSON.parse(stdout) as Record<string, unknown>
    const ran = (name: string) => seen[name] as Run
    const result = (name: string) =>
      ran(name).outputs.find(([type]) => type === 'execute_result')?.[1].data?.['text/plain']

    expect(result('result')).to.equal('42')
    expect(result('input')).to.equal("'Hello, Ada'")
    expect(ran('error').reply).to.include({
      status: 'error',
      ename: 'RangeError',
      evalue: 'too far',
    })
    expect(seen.complete).to.deep.include({ matches: ['scenes'], cursor_start: 4, cursor_end: 7 })
    expect(seen.inspect).to.have.property('found', true)
    expect(seen.incomplete).to.include({ status: 'incomplete' })
    expect(seen.history).to.have.nested.property('history[0][2]', "throw new RangeError('too far')")
    expect(ran('interrupted').reply).to.include({ status: 'error', ename: 'KeyboardInterrupt' })
    expect(seen.interruption).to.be.lessThan(3)
    expect(result('after interrupt')).to.equal('42')
    expect(ran('after restart').reply).to.include({ evalue: "Cannot find name 'answer'." })
    expect(seen.alive).to.equal(false)
  })
})

describe('jupyter_kernel_test', () => {
  needs(['jupyter_kernel_test'])
  let jupyter: Jupyter
  before(async () => (jupyter = await Jupyter.create()))
  after(() => jupyter?.remove())

  it("passes Jupyter's own tests of a kernel", async () => {
    const script = fileURLToPath(new URL('kernel_test.py', import.meta.url))
    const { stderr } = await jupyter.python([script])
    expect(stderr).to.match(/^Ran 12 tests/m)
    expect(stderr).to.match(/^OK \(skipped=1\)$/m) // the pager, which we do not use
  })
})
