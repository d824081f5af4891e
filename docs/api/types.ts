/** What typedoc knows of types, in the words of a page. */
import {
  DeclarationReflection,
  IntersectionType,
  LiteralType,
  type ParameterReflection,
  ReferenceType,
  ReflectionKind,
  ReflectionType,
  type SignatureReflection,
  type SomeType,
  type Type,
  UnionType,
} from 'typedoc'

export const typeText = (type: Type | undefined): string =>
  (type?.toString() ?? 'unknown')
    .replace(/"([^"\\']*)"/g, "'$1'")
    .replaceAll('__namedParameters', 'options')

/** `(data: Items<Example>, options?: TrustOptions)`, on several lines where it is long. */
export function argumentsOf({ parameters = [] }: SignatureReflection): string {
  const texts = parameters.map(({ name, flags, defaultValue, type }) => {
    const optional = flags.isOptional || defaultValue !== undefined ? '?' : ''
    return `${flags.isRest ? '...' : ''}${nameOf(name)}${optional}: ${typeText(type)}`
  })
  return `(${texts.join(', ')})`
}

const nameOf = (name: string): string => (name === '__namedParameters' ? 'options' : name)

/** The fields of a parameter that is an object of options. */
export function optionsOf({ name, type }: ParameterReflection): DeclarationReflection[] {
  return /^(options|__namedParameters)$/.test(name) && type ? fieldsOf(type) : []
}

function fieldsOf(type: SomeType): DeclarationReflection[] {
  if (type instanceof ReflectionType) return type.declaration.children ?? []
  if (type instanceof IntersectionType) return type.types.flatMap(fieldsOf)
  if (!(type instanceof ReferenceType)) return []
  const [of, keys] = type.typeArguments ?? []
  if (of && type.name === 'Omit') return fieldsOf(of).filter(({ name }) => !keysOf(keys).has(name))
  if (of && type.name === 'Pick') return fieldsOf(of).filter(({ name }) => keysOf(keys).has(name))
  if (of && type.name === 'Partial') return fieldsOf(of)
  const target = type.reflection
  if (!(target instanceof DeclarationReflection)) return []
  if (target.kind === ReflectionKind.TypeAlias && target.type) return fieldsOf(target.type)
  return target.children ?? []
}

function keysOf(type: SomeType | undefined): Set<unknown> {
  const types = type instanceof UnionType ? type.types : [type]
  return new Set(types.map((one) => (one instanceof LiteralType ? one.value : undefined)))
}

/** What can be called on an object that `viz` leads to, its own call first; and its accessors. */
export function verbsOf(one: DeclarationReflection): Callable[] {
  const self = one.signatures ? [{ path: [], reflection: one, signatures: one.signatures }] : []
  return [...self, ...(one.children ?? []).flatMap((child) => callables(child, one.kind))]
}

export interface Callable {
  /** The names that lead to it. */
  path: readonly string[]
  reflection: DeclarationReflection
  signatures: readonly SignatureReflection[]
}

function callables(child: DeclarationReflection, parent: ReflectionKind): Callable[] {
  const path = [child.name]
  const isMethod = child.kind === ReflectionKind.Method || child.kind === ReflectionKind.Accessor
  if (isMethod) return [{ path, reflection: child, signatures: child.signatures ?? [] }]
  if (child.kind !== ReflectionKind.Property || parent === ReflectionKind.Class) return []
  const signatures = signaturesOf(child)
  const group = child.type instanceof ReflectionType ? child.type.declaration.children : undefined
  const members = (group ?? []).map((member) => ({
    path: [...path, member.name],
    reflection: member,
    signatures: signaturesOf(member),
  }))
  return [{ path, reflection: child, signatures }, ...members]
}

/** Of a property that is a function. */
function signaturesOf({ type }: DeclarationReflection): SignatureReflection[] {
  if (type instanceof ReflectionType) return type.declaration.signatures ?? []
  const target = type?.type === 'query' ? type.queryType.reflection : undefined
  return target instanceof DeclarationReflection ? (target.signatures ?? []) : []
}
