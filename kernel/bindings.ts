/**
 * Variables that live between cells. A cell runs as a function; later cells read and assign its variables
 * as `exports.x` (`runner/variables.ts` has them). There are two kinds:
 *
 * - A *live* variable has a getter and a setter over the variable of the cell itself, so that a closure and
 *   a later cell see one and the same variable.
 * - A *plain* variable is one that no function can see, in its own cell or any other, and that no
 *   loop uses which awaits. Nobody can tell whether it is shared at once, so it stays an ordinary
 *   local variable, which is what makes a loop at the top level of a cell as fast as one inside of
 *   a function, and its value is copied to `exports` after each statement that may change it.
 */
import { Edits } from './edits.js'
import { awaitsAtTopLevel, parseModule, redirectImports } from './imports.js'
import { BINDINGS_FUNCTION } from './runner/messages.js'
import ts from './typescript.cjs'

export interface BoundCode {
  code: string
  /** Whether the code awaits outside of any function. */
  awaits: boolean
  /** The modules that it imports by declarations. */
  imports: string[]
  /** The variables of earlier cells that functions of this one use. */
  observed: string[]
}

/**
 * Turns the `export { a, b }` of a cell's ES module into bindings. What is added stands at the ends
 * of lines, and what is replaced keeps its length: source maps stay true.
 *
 * @param isObserved whether a function of an earlier cell uses a variable of this name.
 */
export function shareBindings(module: string, isObserved: (name: string) => boolean): BoundCode {
  const file = parseModule(module)
  const edits = new Edits(module)
  const imports = redirectImports(file, edits)
  const exportLists = file.statements.filter(isLocalExport)
  for (const list of exportLists) edits.replace(list.getStart(file), list.end, '')

  const names = exportLists.flatMap((list) =>
    list.exportClause.elements.map((element) => element.name.text),
  )
  const { captured, observed } = usesInFunctions(file)
  const fixed = new Set(file.statements.flatMap(namesOfDeclaration))
  const suspended = namesInSuspendedStatements(file)
  const mustBeLive = (name: string) =>
    fixed.has(name) || captured.has(name) || suspended.has(name) || isObserved(name)
  const plain = new Set(names.filter((name) => !mustBeLive(name)))
  const declarations = file.statements.filter(ts.isVariableStatement)
  for (const declaration of declarations) {
    const declared = namesOfVariables(declaration)
    if (!declared.every((name) => plain.has(name))) declared.forEach((name) => plain.delete(name))
  }

  for (const statement of file.statements) publishPlain(statement, plain, edits, file)
  const imported = new Set(
    file.statements.filter(ts.isImportDeclaration).flatMap(namesOfDeclaration),
  )
  const live = names.filter((name) => !plain.has(name))
  const accessors = live.map((name) => {
    const set = imported.has(name) ? '' : ` set value(${name}_) { ${name} = ${name}_ }`
    // Of a class: V8 calls those of an object literal ten times as slowly.
    return `${name}: new (class { get value() { return ${name} }${set} })()`
  })
  const bindings = `{ plain: ${JSON.stringify([...plain])}, live: { ${accessors.join(', ')} } }`
  const code = `${edits.apply()}\nexport {};function ${BINDINGS_FUNCTION}() { return ${bindings} }`
  return { code, awaits: awaitsAtTopLevel(file), imports, observed: [...observed] }
}

/** Copies the plain variables that a statement may change to `exports`, even where it throws half-way. */
function publishPlain(
  statement: ts.Statement,
  plain: Set<string>,
  edits: Edits,
  file: ts.SourceFile,
): void {
  if (namesOfDeclaration(statement).length > 0 || ts.isExportDeclaration(statement)) return
  const mentioned = [...identifiersIn(statement)].filter((name) => plain.has(name))
  if (mentioned.length === 0) return
  const copies = mentioned.map((name) => `exports.${name} = ${name};`).join(' ')
  if (!ts.isVariableStatement(statement)) {
    edits.insert(statement.pos, ' try {') // on the line before: a statement begins after its line break
    edits.insert(statement.end, ` } finally { ${copies} }`)
    return
  }
  edits.insert(statement.end, ` ${copies}`)
  const isShared = namesOfVariables(statement).some((name) => plain.has(name))
  const { declarationList } = statement
  if (isShared && declarationList.flags & ts.NodeFlags.BlockScoped) {
    // The cell's code stands in a block, and `var` makes the variable belong to the whole function.
    const keyword = declarationList.flags & ts.NodeFlags.Const ? 'const' : 'let'
    const start = declarationList.getStart(file)
    edits.replace(start, start + keyword.length, 'var'.padEnd(keyword.length))
  }
}

type LocalExport = ts.ExportDeclaration & { exportClause: ts.NamedExports }

function isLocalExport(node: ts.Node): node is LocalExport {
  if (!ts.isExportDeclaration(node) || node.moduleSpecifier) return false
  return node.exportClause !== undefined && ts.isNamedExports(node.exportClause)
}

/** The names that an import, a function or a class declares. */
function namesOfDeclaration(statement: ts.Statement): string[] {
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
    return statement.name ? [statement.name.text] : []
  if (!ts.isImportDeclaration(statement)) return []
  const { name, namedBindings } = statement.importClause ?? {}
  const first = name ? [name.text] : []
  if (!namedBindings) return first
  if (ts.isNamespaceImport(namedBindings)) return [...first, namedBindings.name.text]
  return [...first, ...namedBindings.elements.map((element) => element.name.text)]
}

function namesOfVariables(statement: ts.VariableStatement): string[] {
  const namesOf = (name: ts.BindingName): string[] =>
    ts.isIdentifier(name)
      ? [name.text]
      : name.elements.flatMap((element) =>
          ts.isBindingElement(element) ? namesOf(element.name) : [],
        )
  return statement.declarationList.declarations.flatMap(({ name }) => namesOf(name))
}

/** Every identifier below a node, be it a variable's or a property's: too many do no harm here. */
function identifiersIn(node: ts.Node, found = new Set<string>()): Set<string> {
  if (ts.isIdentifier(node)) found.add(node.text)
  ts.forEachChild(node, (child) => void identifiersIn(child, found))
  return found
}

/** What loops that await mention: an interrupt leaves them waiting for ever, their values not copied. */
function namesInSuspendedStatements(file: ts.SourceFile): Set<string> {
  const suspended = file.statements.filter(
    (statement) => !ts.isVariableStatement(statement) && awaitsAtTopLevel(statement),
  )
  return new Set(suspended.flatMap((statement) => [...identifiersIn(statement)]))
}

/** The names that functions and classes mention, and what they use of earlier cells. */
function usesInFunctions(file: ts.SourceFile): { captured: Set<string>; observed: Set<string> } {
  const captured = new Set<string>()
  const observed = new Set<string>()
  const visit = (node: ts.Node, inside: boolean): void => {
    inside ||= ts.isFunctionLike(node) || ts.isClassLike(node)
    if (inside && ts.isIdentifier(node)) captured.add(node.text)
    if (inside && isEarlierVariable(node)) observed.add(node.name.text)
    ts.forEachChild(node, (child) => visit(child, inside))
  }
  visit(file, false)
  return { captured, observed }
}

function isEarlierVariable(node: ts.Node): node is ts.PropertyAccessExpression {
  return (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'exports'
  )
}
