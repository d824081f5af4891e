import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { classNames } from '../../datasets/scenes/index.js'
import { keepSprites, keptSprites } from '../../datasets/scenes/sprite-cache.js'
import { type Sprite, sprite } from '../../datasets/scenes/sprites.js'

describe('rendered drawings in the cache', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sprites-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  const rendered = new Map(
    classNames.map((name): [typeof name, Sprite] => [name, sprite('twemoji', name, 24)]),
  )
  const onlyFile = (): string => {
    const files = readdirSync(join(folder, 'scenes'))
    expect(files).to.have.length(1)
    return join(folder, 'scenes', files[0]!)
  }

  it('are read as they were written', () => {
    keepSprites('twemoji', 24, rendered, folder)
    onlyFile()
    expect(keptSprites('twemoji', 24, folder)).to.deep.equal(rendered)
  })

  it('are not found for another style or resolution', () => {
    keepSprites('twemoji', 24, rendered, folder)
    expect(keptSprites('noto', 24, folder)).to.equal(undefined)
    expect(keptSprites('twemoji', 32, folder)).to.equal(undefined)
  })

  it('are rendered anew where the file was cut short or changed', () => {
    keepSprites('twemoji', 24, rendered, folder)
    const file = onlyFile()
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.subarray(0, bytes.length / 2))
    expect(keptSprites('twemoji', 24, folder)).to.equal(undefined)
    bytes[bytes.length >> 1]! ^= 0x10
    writeFileSync(file, bytes)
    expect(keptSprites('twemoji', 24, folder)).to.equal(undefined)
  })

  it('are not kept, without an error, where the folder cannot be written', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    keepSprites('twemoji', 24, rendered, file)
    expect(keptSprites('twemoji', 24, file)).to.equal(undefined)
  })
})
