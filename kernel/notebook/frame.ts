/** Outputs that are programs, such as interactive charts: each in a sandbox of its own. */
import { escapeHtml } from './escape.js'

/**
 * A frame that runs the scripts of this HTML, which see neither the page nor one another. It takes the
 * height of what it holds, once the page holds `frameScript`.
 *
 * @param title what it is, for those who do not see it.
 */
export function frame(html: string, title: string): string {
  const document = `<!doctype html><meta charset="utf-8"><style>
:root { color-scheme: light } body { margin: 0; background: #fff; font: 15px/1.5 system-ui, sans-serif }
</style>${html}<script>
new ResizeObserver(() => parent.postMessage({ height: document.documentElement.offsetHeight }, '*'))
  .observe(document.documentElement)
</script>`
  return `<iframe sandbox="allow-scripts" title="${escapeHtml(title)}" srcdoc="${escapeHtml(document)}"></iframe>`
}

/** Gives frames the heights that they ask for. */
export const frameScript = `<script>
addEventListener('message', ({ source, data }) => {
  for (const frame of document.querySelectorAll('iframe'))
    if (frame.contentWindow === source && data?.height > 0) frame.style.height = Math.ceil(data.height) + 'px'
})
</script>`
