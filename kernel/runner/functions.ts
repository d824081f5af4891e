/** From JavaScript to the function that runs it, in the places of the source. */
import vm from 'node:vm'

export type CodeFunction = (...values: unknown[]) => unknown

/**
 * @param code may await where `awaits`; `import()` in it leads through Node's own loader.
 * @param filename for stack traces; lines and columns are those of `code`.
 */
export function functionOf(
  code: string,
  parameters: string[],
  filename: string,
  awaits: boolean,
  before = '',
): CodeFunction {
  const head = `(${awaits ? 'async ' : ''}function (${parameters.join(', ')}) {{ ${before}`
  const script = new vm.Script(`${head}${code}\n}})`, {
    filename,
    columnOffset: -head.length,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  return script.runInThisContext() as CodeFunction
}
