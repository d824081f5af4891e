/** What several families of networks are made of. */
import type { Activation, Architecture, ConvOptions } from './architecture.js'

export interface ConvNormOptions extends Omit<ConvOptions, 'bias' | 'padding'> {
  /** Of the batch norm. Default 1e-5. */
  epsilon?: number
  /** Default: none. */
  activation?: Activation
}

/** Convolution, batch norm, activation: members 0, 1 and 2 of a module. Default padding: half the kernel. */
export function convNorm(
  net: Architecture,
  name: string,
  x: string,
  channels: number,
  kernel: number,
  options: ConvNormOptions = {},
): string {
  const { epsilon, activation, ...geometry } = options
  const bare = { padding: 'same', bias: false, ...geometry } as const
  const y = net.batchNorm(`${name}.1`, net.conv(`${name}.0`, x, channels, kernel, bare), epsilon)
  return activation ? net[activation](`${name}.2`, y) : y
}

export interface SqueezeOptions {
  /** How many channels all are squeezed to. */
  channels: number
  activation: Activation
  /** What makes the weights of the channels, from 0 to 1. */
  gate: Activation
}

/** Weighs each channel by what all channels show on average (Hu et al. 2018). */
export function squeezeExcite(
  net: Architecture,
  name: string,
  x: string,
  { channels, activation, gate }: SqueezeOptions,
): string {
  let y = net.globalAveragePool(`${name}.avgpool`, x)
  y = net[activation](`${name}.activation`, net.conv(`${name}.fc1`, y, channels, 1))
  y = net[gate](`${name}.scale_activation`, net.conv(`${name}.fc2`, y, net.channels(x), 1))
  return net.multiply(name, y, x)
}

export interface InvertedResidual {
  kernel: number
  stride: number
  /** Channels of the depthwise convolution. */
  expanded: number
  output: number
  activation: Activation
  squeeze?: SqueezeOptions
  epsilon?: number
}

/**
 * Expand by 1×1, filter each channel by itself, weigh the channels, project by 1×1; beside a shortcut
 * where the shape stays (Sandler et al. 2018; Howard et al. 2019). The parts are members of `NAME.block`.
 */
export function invertedResidual(
  net: Architecture,
  name: string,
  x: string,
  { kernel, stride, expanded, output, activation, squeeze, epsilon }: InvertedResidual,
): string {
  let part = 0
  const next = (): string => `${name}.block.${part++}`
  let y = x
  if (expanded !== net.channels(x))
    y = convNorm(net, next(), y, expanded, 1, { activation, epsilon })
  y = convNorm(net, next(), y, expanded, kernel, { stride, group: expanded, activation, epsilon })
  if (squeeze) y = squeezeExcite(net, next(), y, squeeze)
  y = convNorm(net, next(), y, output, 1, { epsilon })
  return stride === 1 && net.channels(x) === output ? net.add(name, y, x) : y
}
