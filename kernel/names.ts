/**
 * Strings that name a layer of a network or one of its classes. Throughout the library a parameter or an
 * option of the name `layer` (`layers`) takes the one, and `target` the other; which names there are only
 * the runner knows, which holds the network.
 */
import { packageFolder } from './preloaded.js'
import type { NamesRequest } from './runner/messages.js'
import type { CellInProgram } from './tslab.js'
import ts from './typescript.cjs'

export interface NamesInString {
  request: NamesRequest
  /** The content of the string, in the cell. */
  start: number
  end: number
}

export function namesInString(cell: CellInProgram, position: number): NamesInString | undefined {
  const { file, checker, offset } = cell
  const literal = stringAt(file, position + offset)
  const of = literal && whatItNames(literal, checker)
  const path = of && subjectOf(literal, checker)
  if (!path) return undefined
  const start = literal.getStart(file) + 1
  // A string without its closing quote ends with the line.
  const closes =
    literal.end - 1 > literal.getStart(file) && /['"`]/.test(file.text[literal.end - 1]!)
  const end = closes ? literal.end - 1 : position + offset
  return { request: { path, of }, start: start - offset, end: Math.max(start, end) - offset }
}

function stringAt(file: ts.SourceFile, position: number): ts.StringLiteralLike | undefined {
  const visit = (node: ts.Node): ts.StringLiteralLike | undefined => {
    if (position <= node.getStart(file) || position > node.end) return undefined
    if (ts.isStringLiteralLike(node)) return node
    return ts.forEachChild(node, visit)
  }
  return ts.forEachChild(file, visit)
}

/** By the parameter or the option that the string is given for, alone or in a list. */
function whatItNames(literal: ts.Node, checker: ts.TypeChecker): NamesRequest['of'] | undefined {
  const { parent } = literal
  if (ts.isArrayLiteralExpression(parent)) return whatItNames(parent, checker)
  const symbol = ts.isPropertyAssignment(parent)
    ? checker.getContextualType(parent.parent)?.getProperty(parent.name.getText())
    : ts.isCallExpression(parent)
      ? parameterOf(parent, literal, checker)
      : undefined
  const declaration = symbol?.declarations?.[0]
  if (!declaration?.getSourceFile().fileName.startsWith(packageFolder)) return undefined
  if (/^layers?$/.test(symbol!.name)) return 'layers'
  return symbol!.name === 'target' ? 'classes' : undefined
}

function parameterOf(
  call: ts.CallExpression,
  argument: ts.Node,
  checker: ts.TypeChecker,
): ts.Symbol | undefined {
  const index = call.arguments.findIndex((one) => one === argument)
  return checker.getResolvedSignature(call)?.parameters[index]
}

/** The variable, or property of one, whose network the string speaks of. */
function subjectOf(literal: ts.Node, checker: ts.TypeChecker): string[] | undefined {
  // An objective, as in `.target(neuron('`, belongs to the call that it is an argument of.
  for (let node = literal.parent; !ts.isSourceFile(node); node = node.parent) {
    if (!ts.isCallExpression(node)) continue
    const path = ts.isPropertyAccessExpression(node.expression)
      ? pathOf(node.expression.expression, checker)
      : node.arguments[0] !== literal && node.arguments[0]
        ? pathOf(node.arguments[0], checker) // gradcam(net, photo, { layer: '
        : undefined
    if (path) return path
  }
  return undefined
}

/** Follows calls to where they begin: `viz(net).on(photo)` to `net`. */
function pathOf(expression: ts.Expression, checker: ts.TypeChecker): string[] | undefined {
  if (ts.isParenthesizedExpression(expression) || ts.isAwaitExpression(expression))
    return pathOf(expression.expression, checker)
  if (ts.isCallExpression(expression)) {
    const {
      expression: callee,
      arguments: [first],
    } = expression
    if (ts.isPropertyAccessExpression(callee)) return pathOf(callee.expression, checker)
    return ts.isIdentifier(callee) && callee.text === 'viz' && first
      ? pathOf(first, checker)
      : undefined
  }
  if (ts.isPropertyAccessExpression(expression)) {
    const path = pathOf(expression.expression, checker)
    return path && [...path, expression.name.text]
  }
  if (!ts.isIdentifier(expression)) return undefined
  // A variable of this very cell has no value yet, but what it is made of may have one.
  const declaration = checker.getSymbolAtLocation(expression)?.declarations?.[0]
  const isNew = declaration?.getSourceFile() === expression.getSourceFile()
  if (!isNew || !ts.isVariableDeclaration(declaration)) return [expression.text]
  return declaration.initializer && pathOf(declaration.initializer, checker)
}
