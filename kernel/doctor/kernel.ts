import { KernelClient } from '../client.js'
import { startKernel } from '../start.js'
import { bad, good, type Group } from './check.js'

/** Starts the kernel as Jupyter does and has it add one and one. */
export async function kernel(): Promise<Group> {
  const started = performance.now()
  let at = started
  const lap = () => {
    const time = performance.now() - at
    at += time
    return `${(time / 1000).toFixed(2)} s`
  }
  try {
    const running = await startKernel()
    const ready = lap()
    const client = await KernelClient.connect(running.connection)
    try {
      lap()
      const sum = await valueOf(client, '1 + 1')
      const first = lap()
      await valueOf(client, '2 + 2')
      const second = lap()
      const isRight = sum === '2'
      const check = isRight
        ? good('Kernel', `ready after ${ready}; first cell in ${first}, second in ${second}`)
        : bad('Kernel', `1 + 1 gave ${JSON.stringify(sum)}`)
      return { title: 'Kernel', checks: [check] }
    } finally {
      client.close()
      await running.stop()
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const hint = "install Fovea's packages again: npm install"
    return { title: 'Kernel', checks: [bad('Kernel', reason.trim(), hint)] }
  }
}

async function valueOf(client: KernelClient, code: string): Promise<unknown> {
  let value: unknown
  for await (const { type, content } of client.execute(code))
    if (type === 'execute_result') value = content.data['text/plain']
  return value
}
