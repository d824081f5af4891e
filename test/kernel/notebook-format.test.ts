import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  formatNotebook,
  NotebookFormatError,
  parseNotebook,
  readNotebook,
  writeNotebook,
} from '../../kernel/notebook/format.js'

/** As Jupyter writes it: sorted keys, lists of lines, one space of indent. */
const file = `{
 "cells": [
  {
   "attachments": {
    "dot.png": {
     "image/png": "iVBORw0KGgo="
    }
   },
   "cell_type": "markdown",
   "id": "text",
   "metadata": {},
   "source": [
    "# Title\\n",
    "text"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 1,
   "id": "code",
   "metadata": {
    "tags": [
     "raises-exception"
    ]
   },
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "a\\n",
      "b"
     ]
    },
    {
     "data": {
      "application/vnd.vegalite.v5+json": {
       "mark": [
        "bar"
       ]
      },
      "image/png": "iVBORw0KGgo=",
      "text/plain": [
       "chart\\n",
       "of two lines"
      ]
     },
     "metadata": {
      "image/png": {
       "width": 10
      }
     },
     "output_type": "display_data"
    },
    {
     "ename": "TypeError",
     "evalue": "no",
     "output_type": "error",
     "traceback": [
      "TypeError: no"
     ]
    }
   ],
   "source": []
  }
 ],
 "metadata": {
  "kernelspec": {
   "name": "fovea"
  },
  "of another tool": [
   1,
   null
  ]
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
`

describe('notebook format', () => {
  it('reads lists of lines as texts', () => {
    const [text, code] = parseNotebook(file).cells
    expect(text?.source).to.equal('# Title\ntext')
    if (code?.cell_type !== 'code') throw new Error('a code cell was expected')
    expect(code.source).to.equal('')
    expect(code.outputs[0]).to.deep.include({ name: 'stdout', text: 'a\nb' })
    expect(code.outputs[1]).to.have.nested.property('data.text/plain', 'chart\nof two lines')
    expect(code.outputs[1]).to.have.deep.nested.property(
      'data.application/vnd\\.vegalite\\.v5+json',
      { mark: ['bar'] },
    )
  })

  it('writes what it read, character for character', () => {
    expect(formatNotebook(parseNotebook(file))).to.equal(file)
  })

  it('accepts texts in place of lists, and nbformat 4.4, whose cells have no ids', () => {
    const cells = [{ cell_type: 'code', metadata: {}, source: 'a\nb', outputs: [] }]
    const old = { nbformat: 4, nbformat_minor: 4, metadata: {}, cells }
    const [cell] = parseNotebook(JSON.stringify(old)).cells
    expect(cell).to.deep.equal({ ...cells[0], execution_count: null })
    const [newer] = parseNotebook(JSON.stringify({ ...old, nbformat_minor: 5 })).cells
    expect(newer?.id).to.equal('cell-1')
  })

  it('leaves no temporary file behind, makes the folder, and replaces what was there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fovea-test-'))
    try {
      const path = join(folder, 'deep', 'er', 'a.ipynb')
      await writeNotebook(path, { ...parseNotebook(file), cells: [] })
      await writeNotebook(path, parseNotebook(file))
      expect(await readFile(path, 'utf8')).to.equal(file)
      expect(await readdir(join(folder, 'deep', 'er'))).to.deep.equal(['a.ipynb'])
      expect(await readNotebook(path)).to.deep.equal(parseNotebook(file))
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  const notebook = (cell: object) =>
    JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] })
  const bad: [what: string, text: string, message: RegExp][] = [
    ['an empty file', '', /x\.ipynb is not a notebook: the file is empty/],
    ['a file that is not JSON', '# Title', /x\.ipynb is not a notebook: it is not JSON/],
    ['JSON that is no object', '[]', /a JSON object was expected/],
    ['other JSON', '{"name": "fovea"}', /no 'nbformat'/],
    ['an older format', '{"nbformat": 3, "worksheets": []}', /format 3.*format 4 was expected/],
    ['a notebook without cells', '{"nbformat": 4, "nbformat_minor": 5}', /no list of 'cells'/],
    [
      'an unknown type of cell',
      notebook({ cell_type: 'heading' }),
      /cell 1 of 1.*"heading".*'code'/,
    ],
    [
      'a cell without source',
      notebook({ cell_type: 'raw', source: 3 }),
      /cell 1 of 1 has no 'source'/,
    ],
    [
      'an unknown type of output',
      notebook({ cell_type: 'code', source: '', outputs: [{ output_type: 'pyout' }] }),
      /output \(number 1\).*"pyout".*'stream'/,
    ],
  ]
  for (const [what, text, message] of bad)
    it(`says what is wrong with ${what}`, () => {
      expect(() => parseNotebook(text, 'x.ipynb')).to.throw(NotebookFormatError, message)
    })
})
