/** The style sheet of a notebook's page: light and dark, phones and paper. */
import { highlightStyle } from './highlight.js'

export function pageStyle(): string {
  return `${highlightStyle()}\n${style}`
}

const darkColours = `
  --page: #14171c; --text: #dfe3e8; --faint: #8d96a3; --line: #2d333c; --box: #1c2027;
  --link: #79b8ff; --question: #b58a1b; --error: #3a1d1f; --error-line: #f47067; --stderr: #332b18;
  --ansi-black: #a3adba; --ansi-red: #ff8d85; --ansi-green: #7ee787; --ansi-yellow: #e3b341;
  --ansi-blue: #79c0ff; --ansi-magenta: #d2a8ff; --ansi-cyan: #76e3ea; --ansi-white: #f0f6fc;`

const style = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #24292f; --faint: #66707b; --line: #d9dee4; --box: #f5f7f9;
  --link: #0b5fc0; --question: #d9a300; --error: #fdeeee; --error-line: #c62828; --stderr: #fdf6e3;
  --ansi-black: #24292f; --ansi-red: #b3261e; --ansi-green: #1a7037; --ansi-yellow: #7d5800;
  --ansi-blue: #0b5fc0; --ansi-magenta: #8031b5; --ansi-cyan: #146c76; --ansi-white: #59626c;
  --code-font: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media screen and (prefers-color-scheme: dark) { :root {${darkColours} } }

* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
body {
  margin: 0; padding: 2.5rem 1.25rem 5rem; background: var(--page); color: var(--text);
  font: 1.0625rem/1.65 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif;
}
main { max-width: 48rem; margin: 0 auto; }
h1, h2, h3, h4 { line-height: 1.25; margin: 2.2em 0 0.6em; text-wrap: balance; }
h1 { font-size: 2.1rem; margin-top: 0; }
h2 { font-size: 1.5rem; padding-top: 0.4em; }
h3 { font-size: 1.2rem; }
h4 { font-size: 1.05rem; }
p, ul, ol, blockquote, details, .scroll { margin: 0.9em 0; }
a { color: var(--link); }
img, svg, video { max-width: 100%; height: auto; }
hr { border: 0; border-top: 1px solid var(--line); margin: 2.5em 0; }
blockquote { margin-left: 0; padding-left: 1.1em; border-left: 3px solid var(--question); }
details { border: 1px solid var(--line); border-radius: 6px; padding: 0.5em 1em; }
details > summary { cursor: pointer; font-weight: 600; }
.scroll, .formula { overflow-x: auto; }
.formula { display: block; overflow-y: hidden; margin: 1.1em 0; padding: 0.2em 0; text-align: center; }
math {
  font-size: 1.08em;
  font-family: 'STIX Two Math', 'Cambria Math', 'Latin Modern Math', 'Libertinus Math', 'DejaVu Math TeX Gyre', math;
}
/* Chromium ignores the attribute columnalign of aligned equations, and 'right' in a formula. */
mtable[columnalign^='left'] > mtr > mtd { text-align: left; }
mtable[columnalign^='right left'] > mtr > mtd { padding-inline: 0; text-align: left; }
mtable[columnalign^='right left'] > mtr:not(:has(> .mtr-glue)) > mtd:nth-child(odd),
mtable[columnalign^='right left'] > mtr:has(> .mtr-glue) > mtd:nth-child(even) {
  text-align: right; text-align: -webkit-right;
}
table { border-collapse: collapse; font-size: 0.95em; }
th, td { padding: 0.35em 0.8em; border-bottom: 1px solid var(--line); text-align: left; }
th { border-bottom-width: 2px; }

code { font-family: var(--code-font); font-size: 0.86em; }
:not(pre) > code { background: var(--box); border-radius: 4px; padding: 0.15em 0.35em; }
pre { font: 0.875rem/1.5 var(--code-font); margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
pre code { font-size: inherit; }
.text > pre, .input { background: var(--box); border-radius: 6px; padding: 0.8em 1em; }
.input { position: relative; border-left: 3px solid var(--link); }

.cell { margin: 1.4em 0; }
.cell.text > :first-child { margin-top: 0; }
.cell.text > h2:first-child { margin-top: 1.6em; }
.count {
  position: absolute; right: 100%; top: 0.8em; margin-right: 0.9em; color: var(--faint);
  font: 0.8rem/1.6 var(--code-font); user-select: none;
}
.output { margin: 0.9em 0; overflow-x: auto; }
.output > img { display: block; }
.output > iframe { display: block; width: 100%; height: 24rem; border: 0; background: #fff; border-radius: 6px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.output > pre { padding: 0 1em; }
.output.stream > pre, .output.error > pre, .output.text-plain > pre { max-height: 32rem; overflow: auto; }
.output.stderr > pre { background: var(--stderr); border-radius: 6px; padding: 0.6em 1em; }
.output.error > pre {
  background: var(--error); border-left: 3px solid var(--error-line); border-radius: 6px; padding: 0.8em 1em;
}

.contents { margin: 2rem 0; font-size: 0.95rem; line-height: 1.5; }
.contents ul { list-style: none; margin: 0; padding: 0; border-left: 1px solid var(--line); }
.contents li { margin: 0.3em 0; padding-left: 1em; }
.contents .level-3 { padding-left: 2.2em; }
.contents a { text-decoration: none; color: var(--faint); }
.contents a:hover { color: var(--link); text-decoration: underline; }
@media screen and (min-width: 84rem) {
  .contents { position: fixed; top: 2.9rem; left: calc(50% - 24rem - 17.5rem); width: 14rem; max-height: 85vh; overflow-y: auto; }
}
@media (max-width: 54rem) { .count { display: none; } }
@media (max-width: 40rem) {
  body { font-size: 1rem; padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.7rem; }
  h2 { font-size: 1.35rem; }
  pre { font-size: 0.8125rem; }
}
@page { margin: 18mm 16mm; }
@media print {
  body { font-size: 10.5pt; padding: 0; }
  main { max-width: none; }
  pre { font-size: 8.5pt; }
  a { color: inherit; }
  .text a[href^='http']:not([href*='arxiv.org/abs'])::after { content: ' (' attr(href) ')'; font-size: 0.85em; overflow-wrap: anywhere; }
  h1, h2, h3, h4 { break-after: avoid; }
  .output:has(> img), .output > img, .text img, .formula, tr, blockquote, .output > iframe { break-inside: avoid; }
  .output > img, .text img { max-height: 230mm; object-fit: contain; }
  .input, .text > pre, .output > pre { border: 1px solid #ccd2d9; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
  .input { break-inside: avoid; break-after: avoid; }
  p, li, pre { orphans: 3; widows: 3; }
  .output > pre, .output.text-plain > pre, .output.stream > pre, .output.error > pre { max-height: none; overflow: visible; }
  .output, .scroll { overflow: visible; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .contents, .count { display: none; }
}

${ansiColours()}
`

function ansiColours(): string {
  const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']
  return names
    .map(
      (name) => `.ansi-${name}-fg, .ansi-bright-${name}-fg { color: var(--ansi-${name}); }
.ansi-${name}-bg, .ansi-bright-${name}-bg { background: color-mix(in srgb, var(--ansi-${name}) 25%, transparent); }`,
    )
    .join('\n')
}
