/**
 * What an ES module imports, and its `import()` and `import.meta`, which the runner provides: code runs
 * there as CommonJS, which has neither.
 */
import type { Edits } from './edits.js'
import { IMPORT_FUNCTION, IMPORT_META } from './runner/messages.js'
import ts from './typescript.cjs'

export function parseModule(text: string): ts.SourceFile {
  return ts.createSourceFile('cell.js', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS)
}

/** The modules that are imported by declarations; what replaces `import()` and `import.meta` keeps its length. */
export function redirectImports(file: ts.SourceFile, edits: Edits): string[] {
  const visit = (node: ts.Node): void => {
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
      edits.replace(node.getStart(file), node.end, IMPORT_META.padEnd(node.getWidth(file)))
    if (node.kind === ts.SyntaxKind.ImportKeyword && ts.isCallExpression(node.parent))
      edits.replace(node.getStart(file), node.end, IMPORT_FUNCTION)
    ts.forEachChild(node, visit)
  }
  if (/\bimport\b/.test(file.text)) visit(file)
  const specifiers = file.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return []
    const { moduleSpecifier } = statement
    return moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? [moduleSpecifier.text] : []
  })
  return [...new Set(specifiers)]
}

/** Whether code awaits outside of any function. */
export function awaitsAtTopLevel(node: ts.Node): boolean {
  if (ts.isAwaitExpression(node)) return true
  if (ts.isForOfStatement(node) && node.awaitModifier) return true
  if (ts.isFunctionLike(node)) return false
  return ts.forEachChild(node, (child) => awaitsAtTopLevel(child) || undefined) ?? false
}
