/**
 * A notebook made of JupyterLab's own parts: its connection to the server, its output areas, its renderers.
 * What its notebook panel adds to them (an editor, cells of Markdown, menus) is left out.
 */
import type { ICell, ICodeCell, INotebookContent } from '@jupyterlab/nbformat'
import { OutputArea, OutputAreaModel } from '@jupyterlab/outputarea'
import { RenderMimeRegistry, standardRendererFactories } from '@jupyterlab/rendermime'
import {
  ContentsManager,
  KernelManager,
  ServerConnection,
  SessionManager,
  type Kernel,
} from '@jupyterlab/services'
import vega from '@jupyterlab/vega5-extension'
import { Widget } from '@lumino/widgets'

export class LabPage {
  private constructor(
    private readonly path: string,
    private readonly contents: ContentsManager,
    private readonly content: INotebookContent,
    private readonly cells: { cell: ICodeCell; area: OutputArea }[],
    private readonly kernel: Kernel.IKernelConnection,
  ) {}

  /** Shows a notebook of the server as it is saved, and starts a kernel for it. */
  static async open(path: string, token: string): Promise<LabPage> {
    const baseUrl = `${location.origin}/`
    const serverSettings = ServerConnection.makeSettings({ baseUrl, token, appendToken: true })
    const contents = new ContentsManager({ serverSettings })
    const file = await contents.get(path, { content: true })
    const content = file.content as INotebookContent
    const cells = content.cells.filter(isCode).map((cell) => ({ cell, area: show(cell) }))

    const kernelManager = new KernelManager({ serverSettings })
    const sessions = new SessionManager({ serverSettings, kernelManager })
    const options = { path, name: path, type: 'notebook', kernel: { name: 'fovea' } }
    const { kernel } = await sessions.startNew(options)
    await kernel!.info
    return new LabPage(path, contents, content, cells, kernel!)
  }

  get trusted(): boolean {
    return this.cells.every(({ area }) => area.model.trusted)
  }

  /**
   * Runs a code cell, with what it asks for answered below it.
   *
   * @returns the status of its reply, once all of its output is there.
   */
  async run(index: number): Promise<string> {
    const { cell, area } = this.cells[index]!
    area.model.trusted = true // what the reader runs, the reader trusts
    area.future = this.kernel.requestExecute({ code: text(cell), allow_stdin: true })
    const { content } = await area.future.done
    cell.execution_count = content.execution_count
    return content.status
  }

  async runAll(): Promise<string[]> {
    const statuses: string[] = []
    for (const index of this.cells.keys()) statuses.push(await this.run(index))
    return statuses
  }

  interrupt(): Promise<void> {
    return this.kernel.interrupt()
  }

  async restart(): Promise<void> {
    await this.kernel.restart()
    await this.kernel.requestKernelInfo()
  }

  /** Adds a button that speaks to this target in the kernel, and shows what it answers. */
  addCommButton(target: string): void {
    const comm = this.kernel.createComm(target)
    const button = document.createElement('button')
    button.id = 'comm'
    comm.onMsg = ({ content }) => void (button.textContent = JSON.stringify(content.data.count))
    button.addEventListener('click', () => void comm.send({ by: 2 }))
    void comm.open()
    document.body.append(button)
  }

  async save(): Promise<void> {
    for (const { cell, area } of this.cells) {
      cell.outputs = area.model.toJSON()
      cell.metadata.trusted = area.model.trusted
    }
    const { content } = this
    await this.contents.save(this.path, { type: 'notebook', format: 'json', content })
  }
}

function show(cell: ICodeCell): OutputArea {
  const source = document.createElement('div')
  source.className = 'source'
  source.textContent = text(cell)
  document.body.append(source)

  const model = new OutputAreaModel({
    trusted: cell.metadata.trusted === true,
    values: cell.outputs,
  })
  const rendermime = new RenderMimeRegistry({ initialFactories: standardRendererFactories })
  for (const { rendererFactory, rank } of [vega].flat())
    rendermime.addFactory(rendererFactory, rank)
  const area = new OutputArea({ model, rendermime })
  Widget.attach(area, document.body)
  return area
}

function isCode(cell: ICell): cell is ICodeCell {
  return cell.cell_type === 'code'
}

function text({ source }: ICodeCell): string {
  return Array.isArray(source) ? source.join('') : source
}

declare global {
  interface Window {
    LabPage: typeof LabPage
    lab: LabPage
  }
}
window.LabPage = LabPage
