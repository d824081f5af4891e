/** Pages of Markdown, whose entries link to each other. */
import {
  type Comment,
  type CommentDisplayPart,
  DeclarationReflection,
  ReflectionKind,
  ReflectionType,
  type Reflection,
  SignatureReflection,
} from 'typedoc'
import { listOf, oneLine, paragraph, tableOf } from './markdown.js'
import type { Page } from './pages.js'
import { argumentsOf, optionsOf, typeText, verbsOf } from './types.js'

/** How one comes to the verbs of the classes that `viz` leads to. */
const receivers: Record<string, string> = {
  Viz: 'viz',
  View: 'viz(net)',
  ImageView: 'viz(net).on(photo)',
  LayerView: 'viz(net).layer(name)',
  UnitView: 'viz(net).unit(layer, channel)',
}

/** A verb of the fluent API. */
export interface Verb {
  /** As one calls it: `viz(net).on(photo).gradcam`. */
  name: string
  reflection: DeclarationReflection
  signatures: readonly SignatureReflection[]
}

const introduction = `# API reference

Made from the docstrings of the sources by \`npm run api\`; \`npm run docs\` makes searchable pages of the same in
\`out/api\`. In a notebook, Shift+Tab or \`viz.image?\` shows the same text.

Begin with [the fluent API](viz.md). Every verb of it is a function, too, which takes the network and the image first:
\`viz(net).on(photo).gradcam()\` is \`gradcam(net, photo, { target })\`.`

export class Reference {
  readonly verbs: readonly Verb[]
  private readonly places = new Map<Reflection, string>()

  constructor(private readonly pages: readonly Page[]) {
    const exports = new Map(pages.flatMap((page) => page.exports).map((one) => [one.name, one]))
    this.verbs = Object.entries(receivers).flatMap(([name, receiver]) =>
      verbsOf(exports.get(name)!).map(({ path, ...verb }) => ({
        name: [receiver, ...path].join('.'),
        ...verb,
      })),
    )
    for (const page of pages) {
      const used = new Map<string, number>()
      const anchor = (heading: string): string => {
        const slug = heading
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\s_-]/gu, '')
          .replace(/\s/g, '-')
        const times = used.get(slug) ?? 0
        used.set(slug, times + 1)
        return `${page.file}#${times === 0 ? slug : `${slug}-${times}`}`
      }
      anchor(page.title)
      if (page.file === 'viz.md')
        for (const { name, reflection } of this.verbs) this.places.set(reflection, anchor(name))
      for (const one of this.apart(page)) this.places.set(one, anchor(one.getFullName()))
    }
  }

  render(): { file: string; text: string }[] {
    const files = this.pages.map((page) => ({ file: page.file, text: this.page(page) }))
    return [{ file: 'README.md', text: this.index() }, ...files]
  }

  /** The options of a verb with what each is, all of them whether its docstring names them or not. */
  optionsOf(signature: SignatureReflection): DeclarationReflection[] {
    return (signature.parameters ?? []).flatMap((one) => optionsOf(one))
  }

  /** The code that shows each verb. */
  examples(): { name: string; code: string }[] {
    return this.verbs.flatMap(({ name, reflection, signatures }) => {
      const comments = commentsOf(reflection, signatures)
      const tags = comments.map((comment) => comment.getTags('@example'))
      const texts = tags
        .find(({ length }) => length > 0)
        ?.map(({ content }) => this.text(content, ''))
      return (texts ?? []).map((text) => ({ name, code: withoutFence(dedented(text)) }))
    })
  }

  /** The text of a comment, on a page. */
  text(parts: readonly CommentDisplayPart[] | undefined, file: string): string {
    return (parts ?? [])
      .map((part) => {
        if (part.kind !== 'inline-tag') return part.text
        const target = part.target
        const place = target instanceof DeclarationReflection ? this.placeOf(target) : undefined
        const name = `\`${part.text}\``
        return place ? `[${name}](${relative(place, file)})` : name
      })
      .join('')
  }

  private placeOf(target: Reflection): string | undefined {
    return this.places.get(target) ?? (target.parent && this.placeOf(target.parent))
  }

  /** What a page has besides verbs. */
  private apart({ exports }: Page): DeclarationReflection[] {
    return exports.filter(({ name }) => name !== 'viz' && !Object.hasOwn(receivers, name))
  }

  private index(): string {
    const rows = (verbs: readonly Verb[]): string =>
      tableOf(
        ['', ''],
        verbs.map(({ name, reflection, signatures }) => [
          `[\`${name}\`](${this.places.get(reflection)})`,
          firstSentence(this.text(commentsOf(reflection, signatures)[0]?.summary, 'README.md')),
        ]),
      )
    const contents = this.pages.map((page) => {
      const names = this.apart(page)
        .filter(({ kind }) => kind === ReflectionKind.Function || kind === ReflectionKind.Class)
        .map((one) => `[\`${one.getFullName()}\`](${this.places.get(one)})`)
      const title = `**[${page.title}](${page.file})**`
      return names.length > 0 ? `${title}: ${names.join(', ')}` : title
    })
    return (
      [introduction, '## Verbs', rows(this.verbs), '## Everything', ...contents].join('\n\n') + '\n'
    )
  }

  private page(page: Page): string {
    const verbs = page.file === 'viz.md' ? this.verbs : []
    const parts = [
      `# ${page.title}`,
      ...verbs.flatMap((verb) => this.verb(verb, page.file)),
      ...this.apart(page).flatMap((one) => this.entry(one, page.file)),
    ]
    return parts.filter((part) => part !== '').join('\n\n') + '\n'
  }

  private verb({ name, reflection, signatures }: Verb, file: string): string[] {
    return [
      `## ${name}`,
      ...this.callable(name.slice(name.lastIndexOf('.') + 1), reflection, signatures, file, true),
    ]
  }

  /** A function or method: how it is called, what it does, takes and gives, and an example. */
  private callable(
    name: string,
    reflection: DeclarationReflection,
    signatures: readonly SignatureReflection[],
    file: string,
    optionsHere: boolean,
  ): string[] {
    const comments = commentsOf(reflection, signatures)
    const code = signatures.map((one) => `${name}${argumentsOf(one)}: ${typeText(one.type)}`)
    const type = typeOf(reflection)
    const isGroup = type instanceof ReflectionType // of functions, which follow
    if (signatures.length === 0 && !isGroup) code.push(`${name}: ${typeText(type)}`)
    const parameters = new Map<string, string>()
    for (const one of signatures.flatMap((signature) => signature.parameters ?? []))
      if (one.comment) parameters.set(one.name, this.text(one.comment.summary, file))
    const options = optionsHere ? signatures.flatMap((one) => this.optionsOf(one)) : []
    const tags = (kind: `@${string}`): string[] =>
      comments
        .map((comment) => comment.getTags(kind).map(({ content }) => this.text(content, file)))
        .find((texts) => texts.length > 0) ?? []
    const tag = (kind: `@${string}`, before: string): string => {
      const texts = tags(kind)
      return texts.length > 0 ? `**${before}** ${oneLine(texts.join(' '))}` : ''
    }
    return [
      code.length > 0 ? `\`\`\`ts\n${code.join('\n')}\n\`\`\`` : '',
      paragraph(this.text(comments[0]?.summary, file)),
      listOf([...parameters].map(([key, text]) => `\`${key}\` ${oneLine(text)}`)),
      this.members(new Map(options.map((one) => [one.name, one])), file),
      tag('@returns', 'Returns'),
      tag('@throws', 'Throws'),
      ...tags('@example').map(dedented),
    ]
  }

  private entry(one: DeclarationReflection, file: string): string[] {
    const heading = `## ${one.getFullName()}`
    const summary = paragraph(this.text(one.comment?.summary, file))
    const examples = (one.comment?.getTags('@example') ?? []).map(({ content }) =>
      dedented(this.text(content, file)),
    )
    if (one.kind === ReflectionKind.Function)
      return [heading, ...this.callable(one.name, one, one.signatures ?? [], file, false)]
    if (one.kind === ReflectionKind.Class) {
      const base = one.extendedTypes?.[0]
      const above = base ? `Extends \`${typeText(base)}\`.` : ''
      return [heading, summary, above, this.own(one, file), ...examples]
    }
    if (one.kind === ReflectionKind.Interface) {
      const methods = (one.children ?? []).filter(({ signatures }) => signatures)
      return [
        heading,
        summary,
        methods.length > 0 ? this.own(one, file) : this.fields(one, file),
        ...examples,
      ]
    }
    const type = typeText(typeOf(one))
    return [heading, `\`\`\`ts\n${one.name}: ${type}\n\`\`\``, summary, ...examples]
  }

  private fields(one: DeclarationReflection, file: string): string {
    return this.members(new Map((one.children ?? []).map((child) => [child.name, child])), file)
  }

  /** Options or fields, one a row. */
  private members(fields: ReadonlyMap<string, DeclarationReflection>, file: string): string {
    return tableOf(
      ['', 'type', ''],
      [...fields.values()].map((field) => [
        `\`${field.name}${field.flags.isOptional ? '?' : ''}\``,
        `\`${typeText(typeOf(field))}\``,
        this.text(commentsOf(field, field.signatures ?? [])[0]?.summary, file),
      ]),
    )
  }

  /** What a class has that its ancestors do not. */
  private own(one: DeclarationReflection, file: string): string {
    const children = (one.children ?? []).filter(
      (child) =>
        !child.inheritedFrom &&
        !child.name.startsWith('[') &&
        child.kind !== ReflectionKind.Constructor,
    )
    return tableOf(
      ['', '', ''],
      children.map((child) => {
        const [signature] = child.signatures ?? []
        const [comment] = commentsOf(child, child.signatures ?? [])
        const returns = comment?.getTag('@returns')
        const text = [comment?.summary, returns?.content].map((parts) => this.text(parts, file))
        return [
          `\`${child.name}${signature ? argumentsOf(signature) : child.flags.isOptional ? '?' : ''}\``,
          `\`${typeText(signature ? signature.type : typeOf(child))}\``,
          text.filter(Boolean).join(' '),
        ]
      }),
    )
  }
}

const relative = (place: string, file: string): string =>
  place.startsWith(`${file}#`) ? place.slice(file.length) : place

/** Its own docstrings, and that of the function that a verb is, which says more. */
export const commentsOf = (
  reflection: DeclarationReflection,
  signatures: readonly SignatureReflection[],
): readonly Comment[] => {
  const own = [reflection.comment, reflection.getSignature?.comment]
  const called = signatures.map(({ comment }) => comment)
  const isCalled = reflection.signatures !== undefined
  return [...(isCalled ? called : own), ...(isCalled ? own : called)].filter(
    (one) => one !== undefined,
  )
}

const typeOf = (one: DeclarationReflection): DeclarationReflection['type'] =>
  one.type ?? one.getSignature?.type

const firstSentence = (text: string): string =>
  /^.*?(?<! al)[.?](?=\s|$)/.exec(oneLine(text))?.[0] ?? oneLine(text)

/** The lines of an example after the first bear the indent of the docstring. */
const dedented = (example: string): string =>
  /^```ts\n.*\n {2}/.test(example) ? example.replace(/\n {2}/g, '\n') : example

const withoutFence = (example: string): string => example.replace(/^```ts\n|\n```$/g, '')
