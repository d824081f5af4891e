/** What stands on which page of the reference: one page for each folder of the sources. */
import { type DeclarationReflection, type ProjectReflection, ReflectionKind } from 'typedoc'

export interface Page {
  file: string
  title: string
  /** In the order of the sources: each file's functions and classes, then their options. */
  exports: readonly DeclarationReflection[]
}

/** Pages have the order of this table, and a folder that is not in it comes last, under its own name. */
const titles: Record<string, string> = {
  viz: 'The fluent API',
  attribution: 'Which pixels matter',
  activations: 'Filters, activations and patches',
  embeddings: 'Features of a data set',
  segmentation: 'The pixels of an object',
  synthesis: 'Images for classes and units, inversion, DeepDream',
  texture: 'Textures and style',
  robustness: 'Attacks, corruptions, defences, shape and texture',
  objectives: 'Objectives: what to differentiate',
  optimise: 'Optimising the input',
  network: 'Networks and graphs',
  gradient: 'The gradient of a graph',
  engine: 'Engines',
  datasets: 'Data sets',
  training: 'Training',
  image: 'Images',
  figures: 'Figures',
  work: 'Long work: progress and interrupts',
  lab: 'Checks for exercises',
  result: 'Results and what a notebook records of them',
}

export function pagesOf(project: ProjectReflection): Page[] {
  const exports = new Map<string, DeclarationReflection[]>(
    Object.keys(titles).map((name) => [name, []]),
  )
  for (const one of (project.children ?? []).flatMap(members)) {
    const name = pageOf(sourceOf(one))
    exports.set(name, [...(exports.get(name) ?? []), one])
  }
  return [...exports]
    .filter(([, list]) => list.length > 0)
    .map(([name, list]) => ({
      file: `${name}.md`,
      title: titles[name] ?? name,
      exports: list.sort((a, b) => compare(sourceOf(a), sourceOf(b)) || rank(a) - rank(b)),
    }))
}

/** A namespace stands for what is in it. */
const members = (one: DeclarationReflection): readonly DeclarationReflection[] =>
  one.kind === ReflectionKind.Namespace ? (one.children ?? []) : [one]

const sourceOf = (one: DeclarationReflection): string => one.sources?.[0]?.fileName ?? ''

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function pageOf(source: string): string {
  if (source.startsWith('datasets/')) return 'datasets'
  const [, folder, file] = source.split('/')
  if (file !== undefined) return folder!
  return source === 'src/viz.ts' ? 'viz' : 'result'
}

const ranks = [
  ReflectionKind.Function,
  ReflectionKind.Class,
  ReflectionKind.Variable,
  ReflectionKind.Interface,
  ReflectionKind.TypeAlias,
]
const rank = ({ kind }: DeclarationReflection): number => ranks.indexOf(kind) >>> 0
