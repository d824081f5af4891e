/** What papers report, to compare with and to draw; nothing here is measured by this library. */
import type { ErrorTable } from './corruptions/corruption-error.js'
import type { CorruptionBar } from './corruptions/error-bars.js'

const five = (mean: number): number[] => Array.from({ length: 5 }, () => mean)

/**
 * AlexNet's errors on ImageNet-C, what corruption errors are usually divided by. Known are the means over the
 * severities, which stand in for each of them: all formulas add the severities up.
 *
 * Hendrycks, Dietterich (2019).
 */
export const alexNetErrors: ErrorTable = {
  clean: 0.435,
  corrupted: {
    'gaussian noise': five(0.886428),
    'shot noise': five(0.894468),
    'impulse noise': five(0.92264),
    'defocus blur': five(0.81988),
    'glass blur': five(0.826268),
    'motion blur': five(0.785948),
    'zoom blur': five(0.79836),
    snow: five(0.866816),
    frost: five(0.826572),
    fog: five(0.819324),
    brightness: five(0.564592),
    contrast: five(0.853204),
    elastic: five(0.646056),
    pixelate: five(0.71784),
    jpeg: five(0.6065),
  },
}

/** Of networks on ImageNet-C: table 1 of Hendrycks & Dietterich (2019). */
export const publishedCorruptionErrors: readonly CorruptionBar[] = [
  { name: 'AlexNet', clean: 0.435, meanCE: 1, relativeMeanCE: 1 },
  { name: 'SqueezeNet', clean: 0.418, meanCE: 1.044, relativeMeanCE: 1.179 },
  { name: 'VGG-11', clean: 0.31, meanCE: 0.935, relativeMeanCE: 1.233 },
  { name: 'VGG-19', clean: 0.276, meanCE: 0.889, relativeMeanCE: 1.229 },
  { name: 'VGG-19 with batch norm', clean: 0.258, meanCE: 0.816, relativeMeanCE: 1.111 },
  { name: 'ResNet-18', clean: 0.302, meanCE: 0.847, relativeMeanCE: 1.039 },
  { name: 'ResNet-50', clean: 0.239, meanCE: 0.767, relativeMeanCE: 1.05 },
]

/**
 * Decisions on cue-conflict pictures, from the raw data of Geirhos et al. (2019): how often the shape's category
 * was named, and how often the texture's. The same architecture with other weights may have another bias:
 * AlexNet's is 43 % with Caffe's weights and 25 % with torchvision's.
 */
export const publishedShapeBias: readonly { name: string; shape: number; texture: number }[] = [
  { name: 'humans', shape: 9236, texture: 398 },
  { name: 'AlexNet (Caffe)', shape: 283, texture: 376 },
  { name: 'GoogLeNet', shape: 228, texture: 503 },
  { name: 'ResNet-50', shape: 162, texture: 572 },
  { name: 'SqueezeNet 1.1', shape: 133, texture: 597 },
  { name: 'VGG-16 (Caffe)', shape: 130, texture: 625 },
]
