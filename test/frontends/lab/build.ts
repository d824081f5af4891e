import { build, type BuildOptions } from 'esbuild'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Makes the page of JupyterLab's parts, with all that it needs, in a folder. */
export async function buildLabPage(folder: string): Promise<void> {
  const options: BuildOptions = {
    absWorkingDir: here,
    bundle: true,
    outdir: folder,
    define: { 'process.env': '{}' },
    logLevel: 'warning',
  }
  const theme = (name: string) => `@jupyterlab/theme-${name}-extension/style/variables.css`
  await build({ ...options, entryPoints: ['page.ts'], loader: { '.svg': 'text' } })
  await build({
    ...options,
    entryPoints: { style: 'style.css', light: theme('light'), dark: theme('dark') },
    loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff': 'dataurl' },
  })
  await copyFile(join(here, 'index.html'), join(folder, 'index.html'))
}
