/** Code with its syntax coloured, by highlight.js. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import hljs from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import css from 'highlight.js/lib/languages/css'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import markdown from 'highlight.js/lib/languages/markdown'
import python from 'highlight.js/lib/languages/python'
import typescript from 'highlight.js/lib/languages/typescript'
import xml from 'highlight.js/lib/languages/xml'
import { escapeHtml } from './escape.js'

const languages = { bash, css, javascript, json, markdown, python, typescript, xml }
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language)

/** Code as HTML; in a language that is not known ('' included) it is only escaped. */
export function highlightCode(code: string, language: string): string {
  return hljs.getLanguage(language)
    ? hljs.highlight(code, { language, ignoreIllegals: true }).value
    : escapeHtml(code)
}

/** The style sheet of the colours: GitHub's themes, light and dark. */
export function highlightStyle(): string {
  const theme = (name: string) =>
    readFileSync(require.resolve(`highlight.js/styles/${name}.min.css`), 'utf8')
  const contrasting = (css: string) =>
    css.replace(/#[\da-f]{6}\b/g, (colour) => replaced[colour] ?? colour)
  const [light, dark] = [theme('github'), theme('github-dark')].map(contrasting)
  return `${light}\n@media screen and (prefers-color-scheme: dark) {${dark}}`
}

/** The themes are made for white and black: on the grey of a cell these have less contrast than 4.5 to 1. */
const replaced: Record<string, string> = {
  '#d73a49': '#b8293a',
  '#e36209': '#a84300',
  '#6a737d': '#59626c',
  '#22863a': '#1a6b2d',
  '#1f6feb': '#58a6ff',
}

const require = createRequire(import.meta.url)
