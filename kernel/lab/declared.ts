/** Which names the code of a cell declares at its top level. */
import ts from '../typescript.cjs'

export interface Declared {
  name: string
  /** Whether it is declared as a function; else it is known by its value alone. */
  isFunction: boolean
}

/** @example declaredIn('const twice = (x: number) => 2 * x').map(({ name }) => name) // ['twice'] */
export function declaredIn(code: string): Declared[] {
  const file = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.ESNext, true)
  return file.statements.flatMap((statement): Declared[] => {
    if (ts.isFunctionDeclaration(statement) && statement.name)
      return [{ name: statement.name.text, isFunction: true }]
    if (ts.isClassDeclaration(statement) && statement.name)
      return [{ name: statement.name.text, isFunction: false }]
    if (ts.isImportDeclaration(statement)) return namesOfImport(statement).map(asValue)
    if (!ts.isVariableStatement(statement)) return []
    return statement.declarationList.declarations.flatMap(({ name, initializer }) =>
      ts.isIdentifier(name)
        ? [{ name: name.text, isFunction: initializer !== undefined && isFunction(initializer) }]
        : namesOfPattern(name).map(asValue),
    )
  })
}

const asValue = (name: string): Declared => ({ name, isFunction: false })

function isFunction(node: ts.Expression): boolean {
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node)
}

function namesOfPattern(pattern: ts.BindingPattern): string[] {
  return pattern.elements.flatMap((element) => {
    if (!ts.isBindingElement(element)) return []
    return ts.isIdentifier(element.name) ? [element.name.text] : namesOfPattern(element.name)
  })
}

function namesOfImport({ importClause }: ts.ImportDeclaration): string[] {
  const { name, namedBindings } = importClause ?? {}
  const named = !namedBindings
    ? []
    : ts.isNamespaceImport(namedBindings)
      ? [namedBindings.name]
      : namedBindings.elements.map((element) => element.name)
  return [...(name ? [name] : []), ...named].map(({ text }) => text)
}
