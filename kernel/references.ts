/**
 * Names of earlier cells, where tslab's own rewriting of `x` to `exports.x` goes wrong: it leaves
 * the shorthand `{ x }` alone, it takes the `a` of `const { a: b } = point` for a variable when the
 * type of `point` was declared by an earlier cell, it turns the call `f()` into one of a method, with a
 * `this`, and it takes what an earlier cell declared as global for a variable of that cell. This transformer runs before tslab's.
 */
import ts from './typescript.cjs'

/** @param isEarlier whether a declaration belongs to an earlier cell. */
export function correctReferences(
  checker: ts.TypeChecker,
  isEarlier: (declaration: ts.Declaration) => boolean,
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const { factory } = context
    const shared = (name: string) =>
      factory.createPropertyAccessExpression(factory.createIdentifier('exports'), name)
    const isEarlierSymbol = (symbol: ts.Symbol | undefined) =>
      symbol?.declarations?.some((one) => isEarlier(one) && !isGlobal(one)) ?? false
    const isEarlierGlobal = (symbol: ts.Symbol | undefined) =>
      symbol?.declarations?.some((one) => isEarlier(one) && isGlobal(one)) ?? false

    const visit = (node: ts.Node): ts.Node => {
      if (
        ts.isShorthandPropertyAssignment(node) &&
        isEarlierSymbol(checker.getShorthandAssignmentValueSymbol(ts.getOriginalNode(node)))
      ) {
        const fallback = node.objectAssignmentInitializer // ({ x = 1 } = …)
        const variable = shared(node.name.text)
        const value = fallback
          ? factory.createAssignment(variable, ts.visitNode(fallback, visit) as ts.Expression)
          : variable
        return factory.createPropertyAssignment(node.name.text, value)
      }
      // A fresh identifier has no symbol, so tslab leaves it as it is.
      if (ts.isIdentifier(node) && isEarlierGlobal(checker.getSymbolAtLocation(node)))
        return factory.createIdentifier(node.text)
      const visited = ts.visitEachChild(node, visit, context)
      if (
        ts.isCallExpression(visited) &&
        ts.isIdentifier(visited.expression) &&
        isEarlierSymbol(checker.getSymbolAtLocation(visited.expression))
      ) {
        const callee = factory.createComma(
          factory.createNumericLiteral(0),
          shared(visited.expression.text),
        )
        const { typeArguments, arguments: values } = visited
        return factory.updateCallExpression(
          visited,
          factory.createParenthesizedExpression(callee),
          typeArguments,
          values,
        )
      }
      if (
        ts.isBindingElement(visited) &&
        visited.propertyName &&
        ts.isIdentifier(visited.propertyName)
      ) {
        const { dotDotDotToken, propertyName, name, initializer } = visited
        const property = factory.createIdentifier(propertyName.text)
        return factory.updateBindingElement(visited, dotDotDotToken, property, name, initializer)
      }
      if (ts.isPropertyAssignment(visited) && ts.isIdentifier(visited.name))
        return factory.updatePropertyAssignment(
          visited,
          factory.createIdentifier(visited.name.text),
          visited.initializer,
        )
      return visited
    }
    return (file) => ts.visitEachChild(file, visit, context)
  }
}

/** Whether a declaration stands in a `declare global`. */
function isGlobal(declaration: ts.Node): boolean {
  return (
    ts.findAncestor(
      declaration,
      (node) => ts.isModuleDeclaration(node) && node.name.text === 'global',
    ) !== undefined
  )
}
