import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { download } from '../../src/network/download.js'
import { cacheFolder, findWeights, readWeights } from '../../src/network/weights.js'
import { rejection } from '../rejection.js'

// What the local server serves: not weights, but a file whose name bears its digest all the same.
const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251))
const digest = createHash('sha256').update(content).digest('hex').slice(0, 8)

describe('weights', () => {
  let folder: string
  let servers: Server[]

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fovea-weights-'))
    servers = []
  })
  afterEach(async () => {
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
    await rm(folder, { recursive: true })
  })

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** Serves the content as static servers do; `ranges` collects what was asked for. */
  function ranged(ranges: (string | undefined)[]): RequestListener {
    return (request, response) => {
      ranges.push(request.headers.range)
      const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []
      const start = Number(from ?? 0)
      if (from !== undefined && start >= content.length)
        return response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
      response.writeHead(from === undefined ? 200 : 206, {
        'content-length': content.length - start,
        'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
      })
      response.end(content.subarray(start))
    }
  }

  describe('download', () => {
    let path: string
    beforeEach(() => {
      path = join(folder, 'cache', 'file.pth')
    })

    const keep = async (part: Uint8Array): Promise<void> => {
      await mkdir(join(folder, 'cache'))
      await writeFile(`${path}.part`, part)
    }
    const isComplete = async (): Promise<void> => {
      expect(await readdir(join(folder, 'cache'))).to.deep.equal(['file.pth'])
      expect((await readFile(path)).equals(content)).to.be.true
    }

    it('fetches a file and tells how far it is', async () => {
      const ranges: (string | undefined)[] = []
      const url = await serve(ranged(ranges))
      const progress: [number, number | undefined][] = []
      await download(url, path, { digest, onProgress: (...now) => progress.push(now) })
      await isComplete()
      expect(ranges).to.deep.equal([undefined])
      expect(progress.at(-1)).to.deep.equal([content.length, content.length])
      expect(progress.map(([received]) => received)).to.deep.equal(
        progress.map(([received]) => received).sort((a, b) => a - b),
      )
    })

    it('keeps what came before the connection broke off, and goes on there', async () => {
      const broken = await serve((_, response) => {
        response.writeHead(200, { 'content-length': content.length })
        response.write(content.subarray(0, 100_000), () => {
          setTimeout(() => response.destroy(), 50)
        })
      })
      const error = await rejection(download(broken, path, { digest }))
      expect(error.message).to.match(/broke off after 100000 of 300000 bytes .*try again/)
      expect(existsSync(path)).to.be.false
      expect((await readFile(`${path}.part`)).equals(content.subarray(0, 100_000))).to.be.true

      const ranges: (string | undefined)[] = []
      const received: number[] = []
      await download(await serve(ranged(ranges)), path, {
        digest,
        onProgress: (now) => received.push(now),
      })
      await isComplete()
      expect(ranges).to.deep.equal(['bytes=100000-'])
      expect(received[0]).to.be.greaterThan(100_000)
    })

    it('starts anew where the server has no ranges', async () => {
      await keep(content.subarray(0, 1000))
      const url = await serve((_, response) => response.end(content))
      await download(url, path, { digest })
      await isComplete()
    })

    it('takes what is already complete', async () => {
      await keep(content)
      const ranges: (string | undefined)[] = []
      await download(await serve(ranged(ranges)), path, { digest })
      await isComplete()
      expect(ranges).to.deep.equal(['bytes=300000-'])
    })

    it('starts anew where more is kept than the file has', async () => {
      await keep(Buffer.alloc(content.length + 10))
      await download(await serve(ranged([])), path, { digest })
      await isComplete()
    })

    it('removes what has the wrong digest', async () => {
      const url = await serve(ranged([]))
      const error = await rejection(download(url, path, { digest: '00000000' }))
      expect(error.message).to.include(`SHA-256 begins with ${digest}, not 00000000`)
      expect(await readdir(join(folder, 'cache'))).to.be.empty
    })

    it('recovers from a damaged part', async () => {
      await keep(Buffer.alloc(5000, 1))
      const url = await serve(ranged([]))
      expect((await rejection(download(url, path, { digest }))).message).to.include('try again')
      await download(url, path, { digest })
      await isComplete()
    })

    it('ends by a signal and keeps what has arrived', async () => {
      const url = await serve((_, response) => {
        response.writeHead(200, { 'content-length': content.length })
        response.write(content.subarray(0, 5000))
      })
      const stop = new AbortController()
      const onProgress = (): void => stop.abort()
      const error = await rejection(
        download(url, path, { digest, signal: stop.signal, onProgress }),
      )
      expect(error.name).to.equal('AbortError')
      expect((await readFile(`${path}.part`)).equals(content.subarray(0, 5000))).to.be.true
    })

    it('may run twice at once', async () => {
      const url = await serve(ranged([]))
      await Promise.all([download(url, path, { digest }), download(url, path, { digest })])
      await isComplete()
    })
  })

  describe('findWeights', () => {
    const file = 'squeezenet1_1-b8a52dc0.pth'
    const find = (options: object): Promise<string> =>
      findWeights('squeezenet1_1', { cache: join(folder, 'cache'), models: '', ...options })
    const put = async (...path: string[]): Promise<string> => {
      const full = join(folder, ...path)
      await mkdir(join(full, '..'), { recursive: true })
      await writeFile(full, 'weights')
      return full
    }

    it('takes the path that is given, and nothing else', async () => {
      const path = await put('mine.pth')
      expect(await find({ path })).to.equal(path)
      await put('cache', file)
      const error = await rejection(find({ path: join(folder, 'no.pth') }))
      expect(error.message).to.match(/'squeezenet1_1' are not here: there is no file '.*no\.pth'/)
    })

    it('looks in the folder FOVEA_MODELS, then in the cache', async () => {
      const models = join(folder, 'models')
      const inOrder = [
        await put('cache', file),
        await put('models', 'squeezenet1_1.pth'),
        await put('models', file),
        await put('models', 'squeezenet1_1', 'weights.safetensors'),
        await put('models', 'squeezenet1_1.safetensors'),
      ]
      while (inOrder.length > 0) {
        const best = inOrder.pop() ?? ''
        expect(await find({ models })).to.equal(best)
        await rm(best)
      }
    })

    it('reads FOVEA_MODELS from the environment', async () => {
      const before = process.env.FOVEA_MODELS
      process.env.FOVEA_MODELS = join(folder, 'models')
      try {
        const path = await put('models', file)
        expect(await find({ models: undefined })).to.equal(path)
      } finally {
        if (before === undefined) delete process.env.FOVEA_MODELS
        else process.env.FOVEA_MODELS = before
      }
    })

    it('fetches from the address FOVEA_MODELS, and refuses what has another digest', async () => {
      const asked: (string | undefined)[] = []
      const models = await serve((request, response) => {
        asked.push(request.url)
        response.end('no weights')
      })
      const error = await rejection(find({ models: `${models}/mirror/` }))
      expect(asked).to.deep.equal([`/mirror/${file}`])
      expect(error.message).to.match(
        /could not be fetched[^]*SHA-256 begins with \w{8}, not b8a52dc0/,
      )
      expect(await readdir(join(folder, 'cache'))).to.be.empty
    })

    it('says what was tried, and how to put the file there by hand', async () => {
      const models = await serve((_, response) => response.writeHead(404).end('no'))
      const { message } = await rejection(find({ models }))
      expect(message).to.include(`there is no ${join(folder, 'cache', file)}`)
      expect(message).to.include(`${models}/${file} answered 404 Not Found`)
      expect(message).to.include(`get https://download.pytorch.org/models/${file} and copy it to`)
      expect(message).to.include("pass { weights: 'FILE' }")
    })

    it('says so where the server cannot be reached', async () => {
      const models = await serve(() => undefined)
      await new Promise((resolve) => servers[0]?.close(resolve))
      const { message } = await rejection(find({ models }))
      expect(message).to.include(`${models}/${file} cannot be reached (ECONNREFUSED)`)
    })

    it('names the nearest where nothing is known of a name', async () => {
      const error = await rejection(findWeights('squeezenet', { models: folder, cache: folder }))
      expect(error).to.be.instanceOf(RangeError)
      expect(error.message).to.include("'squeezenet1_1'")
    })
  })

  it('caches where the system keeps caches', () => {
    const home = { HOME: '/home/u' }
    expect(cacheFolder('linux', { ...home, XDG_CACHE_HOME: '/c' })).to.equal(join('/c', 'fovea'))
    expect(cacheFolder('linux', home)).to.match(/\.cache.fovea$/)
    expect(cacheFolder('darwin', home)).to.match(/Library.Caches.fovea$/)
    expect(cacheFolder('win32', { LOCALAPPDATA: 'L' })).to.equal(join('L', 'fovea'))
  })

  describe('readWeights', () => {
    const fixture = (path: string): string =>
      fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url))

    it('tells safetensors from PyTorch by the content', async () => {
      for (const path of ['torch/network.safetensors', 'torch/checkpoint_zip.pth']) {
        const copy = join(folder, 'weights')
        await writeFile(copy, await readFile(fixture(path)))
        const { tensors } = await readWeights(copy)
        expect([...tensors.keys()]).to.include('0.weight')
      }
    })

    it('names a file that is missing', async () => {
      const error = await rejection(readWeights(join(folder, 'no.pth')))
      expect(error.message).to.match(
        /cannot read the weights in '.*no\.pth': there is no such file/,
      )
    })
  })
})
