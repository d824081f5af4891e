/** What the cells have declared, with its types in words. */
import type { CellInProgram } from './tslab.js'
import ts from './typescript.cjs'

/** @param declarations those of all cells. */
export function declaredNames(declarations: string): string[] {
  const file = ts.createSourceFile('cells.d.ts', declarations, ts.ScriptTarget.Latest)
  const names = file.statements.flatMap((statement): ts.Node[] => {
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.map(({ name }) => name)
    if (ts.isImportDeclaration(statement)) {
      const { name, namedBindings } = statement.importClause ?? {}
      const rest = !namedBindings
        ? []
        : ts.isNamespaceImport(namedBindings)
          ? [namedBindings.name]
          : namedBindings.elements.map((element) => element.name)
      return name ? [name, ...rest] : rest
    }
    const isNamed =
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isEnumDeclaration(statement)
    return isNamed && statement.name ? [statement.name] : []
  })
  return [...new Set(names.filter(ts.isIdentifier).map(({ text }) => text))]
}

/** @param cell whose statements are names. */
export function typesOfStatements({ file, checker }: CellInProgram): Record<string, string> {
  const types: Record<string, string> = {}
  for (const statement of file.statements)
    if (ts.isExpressionStatement(statement) && ts.isIdentifier(statement.expression)) {
      const { expression } = statement
      types[expression.text] = checker.typeToString(checker.getTypeAtLocation(expression))
    }
  return types
}
