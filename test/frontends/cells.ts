/** Cells for what the lectures do not do: pages that answer, questions, charts, long work. */

/** Shows a MIME bundle as it is. */
const bundle = (formats: string) => `({ [Symbol.for('Jupyter.display')]: () => (${formats}) })`

/** A counter in the kernel that front-ends reach by a comm. */
export const counterTarget = `let count = 0
comms.register('counter', (comm) => {
  comm.onMessage<{ by: number }>(({ data }) => comm.send({ count: (count += data.by) }))
})`

/** A button of the classic notebook that uses it. */
export const counterButton = bundle(`{
  'text/html': \`<button id="counter" type="button">0</button>
    <script>
      const comm = Jupyter.notebook.kernel.comm_manager.new_comm('counter', {})
      const button = document.getElementById('counter')
      comm.on_msg((message) => (button.textContent = message.content.data.count))
      button.addEventListener('click', () => comm.send({ by: 2 }))
    </script>\`,
  'text/plain': 'a button',
}`)

/** A page that works by itself where scripts may run, and a picture of it that stands where they may not. */
export const interactivePage = bundle(`{
  'text/html': \`<button id="press" type="button">press</button>
    <script>
      const pressed = document.getElementById('press')
      pressed.addEventListener('click', () => (pressed.textContent = 'pressed'))
    </script>
    <img alt="a scene" src="data:image/png;base64,\${viz.scenes({ seed: 1 }).get(0).image.png().toString('base64')}">\`,
  'text/plain': 'a page',
}`)

/** A chart that one can point at, and its picture for front-ends that have no Vega. */
export const chart = bundle(`{
  'application/vnd.vegalite.v5+json': {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    data: { values: [{ class: 'wolf', p: 0.9 }, { class: 'dog', p: 0.1 }] },
    mark: 'bar',
    encoding: {
      x: { field: 'p', type: 'quantitative' },
      y: { field: 'class', type: 'nominal' },
    },
  },
  'image/png': viz.scenes({ seed: 1 }).get(0).image.png(),
  'text/plain': 'wolf 0.9, dog 0.1',
}`)

/** What the sanitisers of untrusted notebooks must leave standing. */
export const plainPage = `%%html
<table>
  <tr><th>class</th><th>probability</th></tr>
  <tr><td>wolf</td><td>0.9</td></tr>
</table>
<details><summary>More</summary>inside</details>
<progress value="0.5"></progress>`

/** Long enough for its bar to appear, and what it leaves. */
export const work = `for await (const i of progress(6, { label: 'Looking' })) {
  await new Promise((resolve) => setTimeout(resolve, 150))
}
display('before').update('after')`

export const streams = `console.log('plain')
console.log('\\x1b[31mred\\x1b[0m')
console.error('aside')`

export const failure = `function look() {
  throw new RangeError('too far')
}
look()`
