/**
 * Tests the embedded networks:
 *
 *     npm run evaluate                     all that are there
 *     npm run evaluate -- scenes           one
 */
import { existsSync } from 'node:fs'
import { unknownName } from '../../network/names.js'
import { madeNetwork, modelFile } from './network.js'
import { type RecipeName, recipes } from './recipes.js'
import { report, testNetwork } from './test.js'

const names = Object.keys(recipes)
const asked = process.argv.slice(2)
for (const name of asked) if (!names.includes(name)) throw unknownName('recipe', name, names)
for (const name of asked.length > 0 ? asked : names.filter((name) => existsSync(modelFile(name)))) {
  const net = await madeNetwork(name as RecipeName)
  console.log(report(name, await testNetwork(name as RecipeName, net)))
  await net.release()
}
