/** The answers that need no cell to run: who the kernel is, completions, documentation. */
import { createRequire } from 'node:module'
import type { Language } from './language.js'
import { packageFolder } from './preloaded.js'
import {
  PROTOCOL_VERSION,
  type CompleteReply,
  type InspectReply,
  type JsonObject,
  type KernelInfoReply,
} from './protocol.js'
import { codePointOffset, cursorPosition, requiredText } from './requests.js'

const require = createRequire(import.meta.url)
const { version } = require(`${packageFolder}package.json`) as { version: string }
const { version: typeScriptVersion } = require('typescript/package.json') as { version: string }

export function kernelInfo(): KernelInfoReply {
  return {
    status: 'ok',
    protocol_version: PROTOCOL_VERSION,
    implementation: 'fovea',
    implementation_version: version,
    language_info: {
      name: 'typescript',
      version: typeScriptVersion,
      mimetype: 'application/typescript',
      file_extension: '.ts',
      pygments_lexer: 'typescript',
      codemirror_mode: { name: 'javascript', typescript: true },
      nbconvert_exporter: 'script',
    },
    banner: `Fovea ${version}: see inside convolutional networks (TypeScript, Node ${process.versions.node})`,
    help_links: [{ text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' }],
    debugger: false,
    supported_features: [],
  }
}

/** A debugger's answer, in the form of the Debug Adapter Protocol: there is none. */
export function debugReply({ seq, command }: JsonObject): object {
  const request_seq = typeof seq === 'number' ? seq : 0
  const message = 'this kernel has no debugger'
  return { seq: 0, type: 'response', request_seq, success: false, command, message, body: {} }
}

/** Front-ends that show icons for the kinds of completions show this many at most. */
const TYPED_COMPLETIONS = 200

export async function complete(language: Language, content: JsonObject): Promise<CompleteReply> {
  const code = requiredText(content, 'code')
  const found = await language.complete(code, cursorPosition(content, code))
  const start = codePointOffset(code, found.start)
  const end = codePointOffset(code, found.end)
  const types = found.completions
    .slice(0, TYPED_COMPLETIONS)
    .map(({ text, kind }) => ({ text, type: kind, start, end }))
  return {
    status: 'ok',
    matches: found.completions.map(({ text }) => text),
    cursor_start: start,
    cursor_end: end,
    metadata: { _jupyter_types_experimental: types },
  }
}

export function inspect(language: Language, content: JsonObject): InspectReply {
  const code = requiredText(content, 'code')
  const info = language.inspect(code, cursorPosition(content, code), content.detail_level === 1)
  if (!info) return { status: 'ok', found: false, data: {}, metadata: {} }
  const { signature, documentation } = info
  const joined = (...parts: string[]) => parts.filter(Boolean).join('\n\n')
  const data = {
    'text/plain': joined(signature, documentation),
    'text/markdown': joined(`\`\`\`typescript\n${signature}\n\`\`\``, documentation),
  }
  return { status: 'ok', found: true, data, metadata: {} }
}
