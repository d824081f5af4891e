/**
 * Jupyter notebooks, nbformat 4: reading, checking, writing.
 *
 * In memory every multi-line text is one string. In the file it is a list of lines, which is what
 * Jupyter writes; both are accepted on reading. What Fovea does not know (metadata of other tools)
 * is kept. The format: https://nbformat.readthedocs.io/en/latest/format_description.html
 */
import { readFile } from 'node:fs/promises'
import type { Json, JsonObject, StreamName, WireBundle } from '../protocol.js'
import { writeWhole } from '../write-whole.js'

export interface Notebook {
  nbformat: 4
  nbformat_minor: number
  metadata: JsonObject
  cells: Cell[]
}

export type Cell = CodeCell | TextCell

export interface CodeCell {
  cell_type: 'code'
  /** Present from nbformat 4.5 on. */
  id?: string
  metadata: JsonObject
  source: string
  execution_count: number | null
  outputs: Output[]
}

export interface TextCell {
  cell_type: 'markdown' | 'raw'
  id?: string
  metadata: JsonObject
  source: string
  /** Pictures pasted into the cell: file name to MIME type to base64. */
  attachments?: JsonObject
}

export type Output = StreamOutput | DisplayOutput | ErrorOutput

export interface StreamOutput {
  output_type: 'stream'
  name: StreamName
  text: string
}

export interface DisplayOutput {
  output_type: 'display_data' | 'execute_result'
  /** MIME type to content: text, base64 for binary types, JSON for `…+json`. */
  data: WireBundle
  metadata: JsonObject
  /** Only on an `execute_result`. */
  execution_count?: number | null
}

export interface ErrorOutput {
  output_type: 'error'
  ename: string
  evalue: string
  traceback: string[]
}

/** The file is not a notebook that can be read; the message says why. */
export class NotebookFormatError extends Error {
  override readonly name = 'NotebookFormatError'
}

/**
 * Reads a notebook from a file.
 *
 * @throws NotebookFormatError when the file holds no nbformat 4 notebook.
 */
export async function readNotebook(path: string): Promise<Notebook> {
  return parseNotebook(await readFile(path, 'utf8'), path)
}

/**
 * Reads a notebook from its JSON text. `name` is used in messages only.
 *
 * @throws NotebookFormatError when the text holds no nbformat 4 notebook.
 * @example parseNotebook('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}')
 */
export function parseNotebook(text: string, name = 'notebook'): Notebook {
  const fail = (reason: string) => new NotebookFormatError(`${name} is not a notebook: ${reason}`)

  let json: Json
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, '')) as Json
  } catch (error) {
    throw fail(text.trim() === '' ? 'the file is empty' : `it is not JSON (${String(error)})`)
  }
  if (!isObject(json)) throw fail('a JSON object was expected at the top')
  const { nbformat, nbformat_minor: minor, metadata, cells } = json
  if (typeof nbformat !== 'number') throw fail("it has no 'nbformat' number")
  if (nbformat !== 4)
    throw new NotebookFormatError(
      `${name} is a notebook of format ${nbformat}, but format 4 was expected; ` +
        `'jupyter nbconvert --to notebook --nbformat 4' converts it`,
    )
  if (typeof minor !== 'number') throw fail("it has no 'nbformat_minor' number")
  if (metadata !== undefined && !isObject(metadata)) throw fail("'metadata' is not an object")
  if (!Array.isArray(cells)) throw fail("it has no list of 'cells'")

  const read = cells.map((cell, i) =>
    readCell(cell, (reason) => fail(`cell ${i + 1} of ${cells.length} ${reason}`)),
  )
  if (minor >= 5) read.forEach((cell, i) => (cell.id ??= `cell-${i + 1}`))
  return { ...json, nbformat, nbformat_minor: minor, metadata: metadata ?? {}, cells: read }
}

/** Writes a notebook as Jupyter does; the file is complete or, on an error, untouched. */
export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  await writeWhole(path, formatNotebook(notebook))
}

/** A notebook's JSON text as Jupyter writes it: keys sorted, one space of indent, lists of lines. */
export function formatNotebook(notebook: Notebook): string {
  const file = { ...notebook, cells: notebook.cells.map(cellToFile) }
  return JSON.stringify(sortKeys(file), null, 1) + '\n'
}

/** The tags that a cell carries in its metadata. */
export function cellTags(cell: Cell): string[] {
  const tags = cell.metadata.tags
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : []
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// Reading ---------------------------------------------------------------------------------------

type Fail = (reason: string) => NotebookFormatError

function readCell(json: Json, fail: Fail): Cell {
  if (!isObject(json)) throw fail('is not an object')
  const { cell_type: type, id, attachments } = json
  if (type !== 'code' && type !== 'markdown' && type !== 'raw')
    throw fail(`has the type ${JSON.stringify(type)}; 'code', 'markdown' or 'raw' was expected`)
  const source = joinLines(json.source)
  if (source === undefined) throw fail("has no 'source' that is a text or a list of lines")
  const metadata = json.metadata ?? {}
  if (!isObject(metadata)) throw fail("has 'metadata' that is not an object")
  if (id !== undefined && typeof id !== 'string') throw fail("has an 'id' that is not a text")
  const rest = { ...json }
  delete rest.attachments
  delete rest.id
  const common = { ...rest, metadata, source, ...(id !== undefined && { id }) }

  if (type !== 'code') {
    if (attachments !== undefined && !isObject(attachments))
      throw fail("has 'attachments' that are not an object")
    return { ...common, cell_type: type, ...(attachments && { attachments }) }
  }
  const { outputs = [], execution_count: count = null } = json
  if (!Array.isArray(outputs)) throw fail("has 'outputs' that are not a list")
  if (count !== null && typeof count !== 'number')
    throw fail("has an 'execution_count' that is neither a number nor null")
  return {
    ...common,
    cell_type: type,
    execution_count: count,
    outputs: outputs.map((output, i) =>
      readOutput(output, (reason) => fail(`has an output (number ${i + 1}) that ${reason}`)),
    ),
  }
}

function readOutput(json: Json, fail: Fail): Output {
  if (!isObject(json)) throw fail('is not an object')
  const { output_type: type } = json
  switch (type) {
    case 'stream': {
      const text = joinLines(json.text)
      if (text === undefined) throw fail("is a stream without 'text'")
      return { output_type: type, name: json.name === 'stderr' ? 'stderr' : 'stdout', text }
    }
    case 'display_data':
    case 'execute_result': {
      const { data, metadata = {}, execution_count: count } = json
      if (!isObject(data)) throw fail("has no 'data'")
      if (!isObject(metadata)) throw fail("has 'metadata' that is not an object")
      const bundle: WireBundle = {}
      for (const [mime, content] of Object.entries(data))
        bundle[mime] = (isJsonMime(mime) ? content : joinLines(content)) ?? content ?? null
      if (type === 'display_data') return { output_type: type, data: bundle, metadata }
      return {
        output_type: type,
        data: bundle,
        metadata,
        execution_count: typeof count === 'number' ? count : null,
      }
    }
    case 'error': {
      const { ename = '', evalue = '', traceback = [] } = json
      if (typeof ename !== 'string' || typeof evalue !== 'string' || !isLines(traceback))
        throw fail('is an error without name, value or traceback')
      return { output_type: type, ename, evalue, traceback }
    }
    default:
      throw fail(
        `has the type ${JSON.stringify(type)}; ` +
          `'stream', 'display_data', 'execute_result' or 'error' was expected`,
      )
  }
}

function joinLines(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value
  return isLines(value) ? value.join('') : undefined
}

function isLines(value: Json | undefined): value is string[] {
  return Array.isArray(value) && value.every((line) => typeof line === 'string')
}

function isJsonMime(mime: string): boolean {
  return mime === 'application/json' || (mime.startsWith('application/') && mime.endsWith('+json'))
}

// Writing ---------------------------------------------------------------------------------------

function cellToFile(cell: Cell): object {
  const source = splitLines(cell.source)
  return cell.cell_type === 'code'
    ? { ...cell, source, outputs: cell.outputs.map(outputToFile) }
    : { ...cell, source }
}

function outputToFile(output: Output): object {
  if (output.output_type === 'error') return output
  if (output.output_type === 'stream') return { ...output, text: splitLines(output.text) }
  const data = Object.entries(output.data).map(([mime, content]) => [
    mime,
    typeof content === 'string' && isTextMime(mime) ? splitLines(content) : content,
  ])
  return { ...output, data: Object.fromEntries(data) as WireBundle }
}

function isTextMime(mime: string): boolean {
  return mime.startsWith('text/') || mime === 'image/svg+xml' || mime === 'application/javascript'
}

function splitLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/)
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]))
}
