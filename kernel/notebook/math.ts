/** A markdown-it plugin: formulas between dollars as in Jupyter, rendered by KaTeX to MathML. */
import katex from 'katex'
import type { MarkdownIt } from 'markdown-it'
import { spellVariants } from './mathvariant.js'

/**
 * Reads `$…$` (in a line), `$$…$$` (displayed) and LaTeX environments such as
 * `\begin{align} … \end{align}` (displayed). As in Pandoc, a dollar opens a formula only before a
 * character that is no space, and closes one only after such a character and before no digit, so
 * that "$5 and $10" stays text. MathML needs no fonts and no script: browsers draw it themselves.
 */
export function math(markdown: MarkdownIt): void {
  // Before 'escape', which would take the backslashes out of the formula.
  markdown.inline.ruler.before('escape', 'math_inline', (state, silent) => {
    const formula = inlineFormula.exec(state.src.slice(state.pos))
    if (!formula) return false
    if (!silent) {
      const [, displayed, inline] = formula
      const token = state.push(displayed === undefined ? 'math_inline' : 'math_block', 'math', 0)
      token.content = (displayed ?? inline ?? '').trim()
    }
    state.pos += formula[0].length
    return true
  })

  markdown.block.ruler.before(
    'fence',
    'math_block',
    (state, startLine, endLine, silent) => {
      if ((state.sCount[startLine] ?? 0) - state.blkIndent >= 4) return false // indented code
      const opening = blockOpening.exec(lineAt(startLine))
      if (!opening) return false
      const closing = opening[1] === undefined ? '$$' : `\\end{${opening[1]}}`
      let line = startLine
      let text = lineAt(line)
      while (!closes(text, opening[0], closing)) {
        if (++line >= endLine) return false
        text += '\n' + lineAt(line)
      }
      if (silent) return true
      const token = state.push('math_block', 'math', 0)
      token.content = closing === '$$' ? text.trim().slice(2, -2).trim() : text.trim()
      token.map = [startLine, line + 1]
      state.line = line + 1
      return true

      function lineAt(index: number): string {
        const start = (state.bMarks[index] ?? 0) + (state.tShift[index] ?? 0)
        return state.src.slice(start, state.eMarks[index])
      }
    },
    { alt: ['paragraph', 'blockquote', 'list'] },
  )

  markdown.renderer.rules.math_inline = (tokens, i) => formula(tokens[i]!.content, false)
  markdown.renderer.rules.math_block = (tokens, i) => formula(tokens[i]!.content, true)
}

/** A formula as MathML; one that KaTeX cannot read is shown as it was written, marked in red. */
export function formula(tex: string, displayed: boolean): string {
  const html = spellVariants(
    katex.renderToString(tex, {
      displayMode: displayed,
      output: 'mathml',
      throwOnError: false,
      strict: 'ignore',
    }),
  )
  return displayed ? `<span class="formula">${html}</span>` : html
}

const inlineFormula =
  /^(?:\$\$((?:\\.|[^\\$`])+)\$\$|\$(?!\s)((?:\\.|[^\\$`])*?(?:\\.|[^\\$`\s]))\$(?!\d))/s
const blockOpening = /^(?:\$\$|\\begin\{(equation\*?|align\*?|gather\*?|alignat\*?)\})/

function closes(text: string, opening: string, closing: string): boolean {
  const trimmed = text.trimEnd()
  return trimmed.length >= opening.length + closing.length && trimmed.endsWith(closing)
}
