/** A lecture to begin with: it runs as it stands, and what is to be written says so. */
import type { Notebook } from '../notebook/format.js'
import { code, newNotebook, text } from './cells.js'

/** Title and question, the network and the picture, a method with its formula, an exercise, references. */
export function lecture(title: string): Notebook {
  return newNotebook([
    text(
      'title',
      `# ${title}

What is the question of this lecture, in one sentence that someone who has not heard it yet understands? Why should they care?

Run the cells from top to bottom. After each one stands a question: answer it before you scroll on.`,
    ),
    text(
      'load-text',
      `## The network and the picture

The first two lines choose everything: another network, another picture, and the cells below work unchanged. So they take layers by what they are, and classes by prediction.`,
    ),
    code(
      'load',
      `const net = await viz.model('scenes')
const { image } = viz.scenes({ classes: ['wolf'], seed: 7 }).get(0)
const patient = viz(net).on(image)
const prediction = await patient.predict()
viz.row(image, prediction)`,
    ),
    text(
      'load-question',
      `> **Question.** What do you expect, and why? Write it down before you go on.`,
    ),
    text(
      'method-text',
      `## The method

One idea, one formula, one cell. For instance: how strongly the score $S_c$ of a class reacts to each pixel,

$$M_{ij} = \\max_k \\left| \\frac{\\partial S_c}{\\partial I_{kij}} \\right|$$`,
    ),
    code('method', `patient.saliency()`),
    text(
      'method-question',
      `> **Question.** Ask for something that the figure shows and the formula explains.`,
    ),
    text(
      'exercise-text',
      `## Exercise

What is to be changed in the cell below, and what should come out? The cell runs as it stands, and says how far one has come.`,
    ),
    code(
      'exercise',
      `const map = await patient.saliency()
/** The share of the map's sum that its strongest tenth of pixels holds. */
function concentration(values: Float32Array): number {
  // TODO: sort the values, and add up the largest tenth.
  return values.length > 0 ? 0 : NaN
}

const found = concentration(map.data)
if (found > 0.1 && found < 1) console.log(\`\${(100 * found).toFixed(0)} % of the map lie in a tenth of the pixels\`)
else console.log(\`Not yet: \${found}. A tenth of the pixels, the strongest, holds between 0.1 and 1.\`)`,
    ),
    text(
      'references',
      `## References

- A. Author, B. Author (year). *Title.* Venue. [arXiv:0000.00000](https://arxiv.org/)`,
    ),
  ])
}
