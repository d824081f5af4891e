import { expect } from 'chai'
import { parseNotebook } from '../../../kernel/notebook/format.js'
import { notebookToScript } from '../../../kernel/notebook/script.js'

const script = (...sources: string[]) => {
  const cells = sources.map((source) => ({ cell_type: 'code', metadata: {}, source, outputs: [] }))
  const notebook = { nbformat: 4, nbformat_minor: 4, metadata: {}, cells }
  return notebookToScript(parseNotebook(JSON.stringify(notebook)))
}

describe('magics: in a notebook that becomes a program', () => {
  it('are comments; the code that they are about stays', () => {
    const program = script('%%time\nconst a = 1\n%cd pictures\n%time const b = a\nconsole.log(b)')
    expect(program).to.include(
      '// %%time\nconst a = 1\n// %cd pictures\n// %time\nconst b = a\nconsole.log(b)',
    )
  })

  it('are comments with all their text', () => {
    expect(script('%%bash\nls\n\necho `date`')).to.include('// %%bash\n// ls\n//\n// echo `date`')
    expect(script('%nope\nf(')).to.include('// %nope\n// f(')
  })

  it('are commands where no cell has such a variable', () => {
    expect(script('!ls -l')).to.include('// !ls -l')
    expect(script('const ls = 1, l = 2\n!ls -l')).to.include('await show(!ls -l)')
    expect(script('const ls = 1, l = 2', '!ls -l')).to.include('await show(!ls -l)')
    expect(script('!true')).to.include('await show(!true)')
  })
})
