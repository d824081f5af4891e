/**
 * Makes the API reference, the Markdown files of this folder, from the docstrings of all that the package exports:
 *
 *     npm run api              writes them
 *     npm run api -- --check   fails where they are not what the docstrings say, or a docstring lacks something
 */
import { readdir, readFile, rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { Application, TSConfigReader, TypeDocReader } from 'typedoc'
import { writeWhole } from '../../src/image/files.js'
import { examplesProgram } from './examples-program.js'
import { lacking } from './lacking.js'
import { pagesOf } from './pages.js'
import { Reference } from './reference.js'

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const folder = new URL('./', import.meta.url)
const examplesFile = 'examples.ts'

const app = await Application.bootstrap(
  { projectDocuments: [], skipErrorChecking: true, logLevel: 'Warn' },
  [new TypeDocReader(), new TSConfigReader()],
)
const project = await app.convert()
if (!project) throw new Error('typedoc could not read the sources')
app.validate(project)

const reference = new Reference(pagesOf(project))
const complaints = lacking(reference)
if (app.logger.hasWarnings()) complaints.push('typedoc has warnings, see above')
const wanted = new Map(reference.render().map(({ file, text }) => [file, text]))

wanted.set(examplesFile, examplesProgram(reference, project.children ?? []))

const present = (await readdir(folder)).filter(
  (file) => file.endsWith('.md') || file === examplesFile,
)
for (const file of new Set([...present, ...wanted.keys()])) {
  const path = new URL(file, folder)
  const text = wanted.get(file)
  const before = present.includes(file) ? await readFile(path, 'utf8') : undefined
  if (before === text) continue
  if (values.check) complaints.push(`docs/api/${file} is not what the docstrings say: npm run api`)
  else if (text === undefined) await rm(path)
  else await writeWhole(path.pathname, text)
}
for (const complaint of complaints) console.error(complaint)
process.exitCode = complaints.length > 0 ? 1 : 0
