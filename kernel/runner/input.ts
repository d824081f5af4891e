/** Asks the reader of the notebook for a line. */
import { currentCell } from './cells.js'
import { send } from './send.js'

const waiting = new Map<number, { resolve(value: string): void; reject(error: Error): void }>()
let count = 0

export function input(prompt = '', { password = false } = {}): Promise<string> {
  const request = ++count
  send({ type: 'input', id: currentCell()?.id ?? '', request, prompt, password })
  return new Promise((resolve, reject) => waiting.set(request, { resolve, reject }))
}

export function receiveInput(request: number, value: string): void {
  waiting.get(request)?.resolve(value)
  waiting.delete(request)
}

export function refuseInput(request: number): void {
  waiting.get(request)?.reject(new Error('input is not possible here: nobody is there to answer'))
  waiting.delete(request)
}
