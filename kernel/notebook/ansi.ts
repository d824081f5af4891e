/** Text with terminal escapes to HTML. */
import { AnsiUp } from 'ansi_up'

/**
 * Text of a stream or traceback as HTML: colours become `ansi-…` classes, and carriage returns
 * overwrite as they would in a terminal, so that a progress bar leaves its last state.
 *
 * @example ansiToHtml('\x1b[31mred\x1b[0m') // <span class="ansi-red-fg">red</span>
 */
export function ansiToHtml(text: string): string {
  const converter = new AnsiUp()
  converter.use_classes = true
  return converter.ansi_to_html(overwrite(text))
}

/** Applies carriage returns, line by line. */
function overwrite(text: string): string {
  if (!text.includes('\r')) return text
  return text
    .split(/\r*\n/)
    .map((line) => line.split('\r').reduce(overlay))
    .join('\n')
}

/** With escapes in it, a text's length says little: the later text then stands for the line. */
function overlay(under: string, over: string): string {
  if ((under + over).includes('\x1b')) return over || under
  return over + under.slice(over.length)
}
