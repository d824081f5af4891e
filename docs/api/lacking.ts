/** What the docstrings of the fluent API lack. */
import { commentsOf, type Reference } from './reference.js'

/** In words, one line a lack: every verb says what it does and shows it, every option what it is. */
export function lacking(reference: Reference): string[] {
  return reference.verbs.flatMap(({ name, reflection, signatures }) => {
    const comments = commentsOf(reflection, signatures)
    const lacks: string[] = []
    if (!comments[0]?.hasVisibleComponent()) lacks.push(`${name} has no docstring`)
    if (!comments.some((one) => one.getTag('@example')))
      lacks.push(`the docstring of ${name} has no example`)
    for (const option of signatures.flatMap((one) => reference.optionsOf(one)))
      if (commentsOf(option, option.signatures ?? []).length === 0)
        lacks.push(`the option ${option.name} of ${name} has no docstring`)
    return lacks
  })
}
