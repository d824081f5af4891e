/** A lab to begin with: an assignment in nbgrader's conventions that `fovea lab verify` accepts as it stands. */
import type { Cell, Notebook } from '../notebook/format.js'
import type { JsonObject } from '../protocol.js'
import { code, newNotebook, text } from './cells.js'

/** Title and points, locked cells, one exercise with visible and hidden tests, a question, references. */
export function lab(title: string): Notebook {
  return newNotebook([
    text(
      'title',
      `# ${title}

What is to be learnt here, and what does it build on?

Fill in what is marked \`// YOUR CODE HERE\`. The cell behind each exercise checks it; there are more checks, of the same kind, when the lab is graded.

| exercise | points |
|:--|--:|
| 1. probabilities | 3 |
| 2. a question | 2 |`,
    ),
    marked(
      code(
        'setup',
        `/** The scores of two pictures for three classes. */
const scores = tf.tensor2d([[2, 1, 0], [-1, 3, 0.5]])`,
      ),
      { locked: true },
    ),
    text(
      'probabilities-text',
      `## 1. Probabilities

From scores to probabilities, for each picture by itself:

$$p_c = \\frac{e^{S_c}}{\\sum_k e^{S_k}}$$

Write \`probabilities(scores)\`, from a tensor [N, classes] to one of the same shape.

> **Before you write.** What is $e^{1000}$ in 32 bits, and which number may be added to all scores?

Of use: \`.max(axis, keepDims)\`, \`.sub\`, \`.exp\`, \`.sum(axis, keepDims)\`, \`.div\`.`,
    ),
    marked(
      code(
        'probabilities',
        `/** @returns [N, classes], each row adding up to 1 */
function probabilities(scores: tf.Tensor2D): tf.Tensor2D {
  // BEGIN SOLUTION
  const exponentials = scores.sub(scores.max(1, true)).exp()
  return exponentials.div(exponentials.sum(1, true))
  // END SOLUTION
}`,
      ),
      { solution: true },
    ),
    marked(
      code(
        'probabilities-tests',
        `{
  // 1e-5 is allowed: sums of a few 32-bit floats in another order differ by less.
  viz.check.close(await probabilities(scores), tf.softmax(scores), {
    what: 'the probabilities of two pictures',
    tolerance: 1e-5,
    mistakes: {
      'adding up over pictures in place of classes': scores.exp().div(scores.exp().sum(0, true)),
      'leaving the exponential out': scores.div(scores.sum(1, true)),
    },
  })
  // BEGIN HIDDEN TESTS
  const large = tf.tensor2d([[1000, 999, 0]])
  viz.check.close(await probabilities(large), tf.softmax(large), {
    what: 'the probabilities for large scores',
    tolerance: 1e-5,
    hint: 'only differences of scores count: take the largest away first',
  })
  // END HIDDEN TESTS
}`,
      ),
      { grade: true, locked: true, points: 3 },
    ),
    text(
      'question-text',
      `## 2. A question

What a person grades: one question that the formula answers, and a number does not.`,
    ),
    marked(
      text(
        'question',
        `=== BEGIN SOLUTION ===

What a good answer says.

=== END SOLUTION ===`,
      ),
      { grade: true, solution: true, points: 2 },
    ),
    text(
      'references',
      `## References

- A. Author, B. Author (year). *Title.* Venue. [arXiv:0000.00000](https://arxiv.org/)`,
    ),
  ])
}

/** With nbgrader's metadata: what a cell is for, and its id. */
function marked(
  cell: Cell,
  mark: { grade?: boolean; solution?: boolean; locked?: boolean; points?: number },
): Cell {
  const nbgrader: JsonObject = {
    cell_type: cell.cell_type,
    grade: false,
    grade_id: cell.id!,
    locked: false,
    schema_version: 3,
    solution: false,
    task: false,
    ...mark,
  }
  return { ...cell, metadata: { nbgrader } }
}
