import { expect } from 'chai'
import { UsageError } from '../../kernel/commands/command.js'
import { run } from '../../kernel/commands/worker.js'
import { rejection } from '../rejection.js'

describe('fovea worker', () => {
  it('says what it does not understand', async () => {
    const queue = ['--queue', 'redis://localhost']
    for (const [args, message] of [
      [[], 'say where the queue is: --queue redis://host:6379'],
      [['--qeue', 'x'], "Unknown option '--qeue'; did you mean '--queue'?"],
      [[...queue, 'more'], "'more' was not expected"],
      [[...queue, '--threads', '0'], '--threads 0: a whole number, 1 or more, was expected'],
      [
        [...queue, '--lost-after', 'soon'],
        '--lost-after soon: a number of seconds from 1 to 86400 was expected',
      ],
    ] as const) {
      const error = await rejection(run([...args]))
      expect(error).instanceOf(UsageError)
      expect(error.message).equal(message)
    }
  })

  it('ends where there is no server', async () => {
    const { error } = console
    const said: unknown[] = []
    console.error = (text: unknown) => said.push(text)
    try {
      expect(await run(['--queue', 'redis://127.0.0.1:1', '--quiet'])).equal(1)
      expect(await run(['--queue', 'localhost:6379'])).equal(2)
    } finally {
      console.error = error
    }
    expect(said).deep.equal([
      'fovea worker: there is no Redis server at redis://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
      "fovea worker: a queue is the address of a Redis server, redis://host:6379, not 'localhost:6379'",
    ])
  })
})
