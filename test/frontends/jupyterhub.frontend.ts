/** A class under JupyterHub, with the configuration that deploy/jupyterhub ships. */
import { expect } from 'chai'
import { Hub, run } from './hub.js'
import { Jupyter } from './jupyter.js'
import { needs } from './machine.js'

describe('JupyterHub', function () {
  needs(['jupyterhub'], { optional: true }) // 60 packages of Debian's
  this.timeout(180_000)
  let jupyter: Jupyter
  let hub: Hub
  before(async () => {
    jupyter = await Jupyter.create()
    hub = await Hub.start(jupyter, { FOVEA_MEMORY_LIMIT: '600' })
  })
  after(async () => {
    await hub?.stop()
    await jupyter?.remove()
  })

  it('gives each student a kernel; one that takes too much memory costs no one else theirs', async () => {
    const students = ['ada', 'grace', 'katherine']
    const servers = await Promise.all(students.map((student) => hub.open(student)))
    const kernels = await Promise.all(servers.map((server) => server.startNew({ name: 'fovea' })))

    const explain = `const net = await viz.model('scenes')
const { image } = viz.scenes({ classes: ['wolf'] }).get(0)
const map = await viz(net).on(image).gradcam()
console.log(map.shape)`
    const explained = await Promise.all(kernels.map((kernel) => run(kernel, explain)))
    for (const ran of explained) expect(ran).deep.equal({ status: 'ok', text: '[ 1, 12, 12 ]\n' })

    const [ada, grace, katherine] = kernels
    await run(ada!, 'const mine = 1')
    expect((await run(grace!, 'mine')).text).include("Cannot find name 'mine'")
    const greedy = 'const hoard = []\nwhile (true) hoard.push(new Float32Array(4e6).fill(1))'
    const [ended, meanwhile] = await Promise.all([
      run(katherine!, greedy),
      run(ada!, 'map.data.length + mine'),
    ])
    expect(ended.status).equal('error')
    expect(ended.text).match(/FOVEA_MEMORY_LIMIT/)
    expect(meanwhile).deep.equal({ status: 'ok', text: '145' })
    // Her notebook goes on with a fresh process.
    expect((await run(katherine!, '6 * 7')).text).equal('42')

    await Promise.all(kernels.map((kernel) => kernel.shutdown()))
    for (const server of servers) server.dispose()
  })
})
