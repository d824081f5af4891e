/** AlexNet (Krizhevsky 2014, 'One weird trick'), under torchvision's layer names. */
import { Architecture, type ArchitectureOf } from './architecture.js'

/** AlexNet without its local response normalisation. [N, 3, 224, 224] → [N, 1000]. */
export const alexnet: ArchitectureOf = (weights, size = [224, 224]) => {
  const net = new Architecture('alexnet', [3, ...size], weights)
  let index = 0
  const next = (): string => `features.${index++}`
  const pool = (x: string): string => net.maxPool(next(), x, 3, { stride: 2 })

  let x = net.conv(next(), 'input', 64, 11, { stride: 4, padding: 2 })
  x = pool(net.relu(next(), x))
  x = net.conv(next(), x, 192, 5, { padding: 'same' })
  x = pool(net.relu(next(), x))
  for (const channels of [384, 256, 256]) {
    x = net.conv(next(), x, channels, 3, { padding: 'same' })
    x = net.relu(next(), x)
  }
  x = net.adaptiveAveragePool('avgpool', pool(x), [6, 6])
  x = net.flatten('flatten', x)
  x = net.relu('classifier.2', net.linear('classifier.1', x, 4096))
  x = net.relu('classifier.5', net.linear('classifier.4', x, 4096))
  return net.output(net.linear('classifier.6', x, 1000))
}
