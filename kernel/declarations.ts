/**
 * Namespaces and `declare global` of earlier cells. tslab carries the declarations of all cells from one
 * to the next, but drops these after the cell that follows.
 */
import ts from './typescript.cjs'

/**
 * @param before the declarations that a cell began with.
 * @param after what tslab makes of them and of the cell's own.
 * @returns `after`, with what it lacks.
 */
export function keepNamespaces(before: string, after: string): string {
  if (!/\b(namespace|module|global)\b/.test(before)) return after
  const declared = new Set(statementsOf(after).flatMap(nameOf))
  const kept = statementsOf(before).filter((statement) => {
    if (!ts.isModuleDeclaration(statement)) return false
    const isOpen = statement.name.text === 'global' || ts.isStringLiteral(statement.name)
    return isOpen || !declared.has(statement.name.text)
  })
  const texts = kept.map((statement) => before.slice(statement.getStart(), statement.end))
  return [after, ...texts.filter((text) => !after.includes(text))].join('\n')
}

function statementsOf(declarations: string): readonly ts.Statement[] {
  return ts.createSourceFile('cells.d.ts', declarations, ts.ScriptTarget.Latest, true).statements
}

function nameOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name) ? [name.text] : [],
    )
  if (
    ts.isModuleDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isEnumDeclaration(statement)
  )
    return statement.name ? [statement.name.text] : []
  return []
}
