/**
 * Strings that name a layer of a network, or a class of a network or a data set. Throughout the library a
 * parameter or an option of the name `layer` (`layers`) takes the one, and `target`, `classes` or `className`
 * the other; which names there are only the runner knows, which holds the network.
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
  return /^(target|classes|className)$/.test(symbol!.name) ? 'classes' : undefined
}

function parameterOf(
  call: ts.CallExpression,
  argument: ts.Node,
  checker: ts.TypeChecker,
): ts.Symbol | undefined {
  const index = call.arguments.findIndex((one) => one === argument)
  return checker.getResolvedSignature(call)?.parameters[index]
}

/** The variable, or property of one, whose network or data set the string speaks of. */
function subjectOf(literal: ts.Node, checker: ts.TypeChecker): string[] | undefined {
  // An objective, as in `.target(neuron('`, belongs to the call that it is an argument of.
  for (let node = literal.parent; !ts.isSourceFile(node); node = node.parent) {
    const subject = ts.isCallExpression(node) ? subjectOfCall(node) : undefined
    const path = subject && subject !== literal ? pathOf(subject, checker) : undefined
    if (path) return path
  }
  return undefined
}

/** Of `net.run(…)` the network, of `gradcam(net, …)` and `viz.poison(data, …)` what they are given first. */
function subjectOfCall(call: ts.CallExpression): ts.Expression | undefined {
  const { expression: callee, arguments: given } = call
  const owner = ts.isPropertyAccessExpression(callee) ? callee.expression : undefined
  return owner && !isViz(owner) ? owner : given[0]
}

const isViz = (node: ts.Expression): boolean => ts.isIdentifier(node) && node.text === 'viz'

/** Follows calls to where they begin: `viz(net).on(photo)` to `net`. */
function pathOf(expression: ts.Expression, checker: ts.TypeChecker): string[] | undefined {
  if (ts.isParenthesizedExpression(expression) || ts.isAwaitExpression(expression))
    return pathOf(expression.expression, checker)
  if (ts.isArrayLiteralExpression(expression)) {
    const [first] = expression.elements // of networks that are compared
    return first && pathOf(first, checker)
  }
  if (ts.isCallExpression(expression)) {
    const { expression: callee } = expression
    const subject = subjectOfCall(expression)
    return subject && (ts.isPropertyAccessExpression(callee) || isViz(callee))
      ? pathOf(subject, checker)
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
