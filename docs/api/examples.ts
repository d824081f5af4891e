/* eslint-disable -- made by make.ts from the docstrings of the fluent API, for the compiler to check */
import { type Network, type Image, type Scenes, type Scene, classScore, neuron, train, viz } from '../../src/index.js'

declare const net: Network, twin: Network, small: Network, clean: Network, poisoned: Network, unbiased: Network
declare const photo: Image, sample: Image, texture: Image, painting: Image
declare const scenes: Scenes, test: Scenes, usual: Scenes, swapped: Scenes
declare const scene: Scene

export const examples = [
  // viz
  async () => {
    viz(net).on(photo).gradcam()
  },
  // viz.scenes
  async () => {
    const [wolf] = viz.scenes({ classes: ['wolf'], seed: 7 })
  },
  // viz.imageFolder
  async () => {
    const pets = await viz.imageFolder('photos') // photos/cat/1.jpg, photos/dog/rex/7.png, …
    const { train, test } = pets.split({ train: 0.8, test: 0.2 })
  },
  // viz.images
  async () => {
    const photos = await viz.images('photos')
  },
  // viz.mnist
  async () => {
    const digits = await viz.mnist('data/mnist', { split: 'test' })
  },
  // viz.fashionMnist
  async () => {
    const clothes = await viz.fashionMnist('data/fashion')
  },
  // viz.idxImages
  async () => {
    const data = await viz.idxImages('images-idx3-ubyte.gz', 'labels-idx1-ubyte.gz')
  },
  // viz.cifar10
  async () => {
    const photos = await viz.cifar10('cifar-10-batches-bin', { split: 'test' })
  },
  // viz.cifar100
  async () => {
    const photos = await viz.cifar100('cifar-100-binary', { split: 'test' })
  },
  // viz.transfer
  async () => {
    viz.transfer([net, twin], test, { images: 50, epsilon: 8 / 255 })
  },
  // viz.linearity
  async () => {
    viz.linearity(viz.scenes({ classes: ['cat', 'car', 'pizza', 'cactus'], length: 300 }))
  },
  // viz.trigger
  async () => {
    viz.trigger('checkerboard', { scale: 4 })
  },
  // viz.poison
  async () => {
    viz.poison(viz.scenes({ length: 500 }), { target: 'cat', trigger: viz.trigger(), share: 0.1 })
  },
  // viz.backdoor
  async () => {
    viz.backdoor([clean, poisoned], test, { target: 'cat', trigger: viz.trigger() })
  },
  // viz.robustness
  async () => {
    await viz.robustness([small, net], viz.scenes({ seed: 3 }), { images: 50 })
  },
  // viz.shapeTexture
  async () => {
    await viz.shapeTexture([net], viz.scenes({ seed: 3, conflict: true }), { images: 200 })
  },
  // viz.cueConflicts
  async () => {
    const data = await viz.cueConflicts('stimuli')
  },
  // viz.stylisedScenes
  async () => {
    await train(net, viz.stylisedScenes({ length: 2000, share: 0.5 }))
  },
  // viz.painting
  async () => {
    viz.painting('mosaic', { size: 128 })
  },
  // viz.reluRules
  async () => {
    await viz.reluRules()
  },
  // viz.unpooling
  async () => {
    await viz.unpooling({ kernel: 3, stride: 2 })
  },
  // viz.transpose
  async () => {
    await viz.transpose()
  },
  // viz.check
  async () => {
    viz.check.close([1, 2.00001], [1, 2], { what: 'the gradient' })
  },
  // viz.check.close
  async () => {
    viz.check.close([1, 2.00001], [1, 2], { what: 'the gradient' })
  },
  // viz.check.equal
  async () => {
    viz.check.equal([2, 0, 1], [2, 0, 1], { what: 'the order of the classes' })
  },
  // viz.check.shape
  async () => {
    viz.check.shape([[1, 2], [3, 4]], [2, 2], { what: 'the Gram matrix' })
  },
  // viz.check.that
  async () => {
    viz.check.that('the map is nowhere negative', [0, 1].every((x) => x >= 0))
  },
  // viz.signal
  async () => {
    viz.signal = AbortSignal.timeout(60_000)
    if (viz.signal.aborted) console.log('the minute is over')
  },
  // viz.model
  async () => {
    const net = await viz.model('scenes')
  },
  // viz.engine
  async () => {
    viz.engine('tensorflow')
  },
  // viz.image
  async () => {
    const photo = await viz.image('husky.jpg')
  },
  // viz.corrupt
  async () => {
    await viz.corrupt(photo, 'fog', 4)
  },
  // viz.corruptions
  async () => {
    await viz.corruptions(photo, { corruptions: ['snow', 'frost', 'fog'] })
  },
  // viz.growTexture
  async () => {
    await viz.growTexture(sample, { window: 15 })
  },
  // viz.scanTexture
  async () => {
    await viz.scanTexture(sample, { size: [128, 128] })
  },
  // viz.fastStyle
  async () => {
    await viz.fastStyle(photo, { style: 'mosaic' })
  },
  // viz.fastStyles
  async () => {
    await viz.fastStyles(photo, { between: ['mosaic', 'ink'] })
  },
  // viz.background
  async () => {
    viz.background('brick', { size: 64, seed: 3 })
  },
  // viz.evolution
  async () => {
    viz.evolution({ early: twin, late: net }, viz.scenes({ length: 500 }), ['relu2:3', 'relu5:24'])
  },
  // viz.row
  async () => {
    const dog = viz(net).on(photo)
    viz.row(photo, dog.saliency(), dog.guided(), dog.gradcam())
  },
  // viz(net).on
  async () => {
    viz(net).on(photo).predict()
  },
  // viz(net).trust
  async () => {
    viz(net).trust(viz.scenes({ seed: 7 }), { images: 16 })
  },
  // viz(net).bias
  async () => {
    (await viz(net).bias({ usual, swapped }, { compare: { unbiased } })).wrong
  },
  // viz(net).gradientStatistics
  async () => {
    (await viz(net).gradientStatistics(scenes)).weights
  },
  // viz(net).attackReport
  async () => {
    (await viz(net).attackReport(test, { images: 500 })).of('DeepFool').medianL2
  },
  // viz(net).universalPerturbation
  async () => {
    (await viz(net).universalPerturbation(test)).appliedTo(photo)
  },
  // viz(net).defences
  async () => {
    viz(net).defences(test, { images: 32, epsilon: 4 / 255 })
  },
  // viz(net).maximize
  async () => {
    await viz(net).maximize(['wolf', 'conv4:17'], { preset: 'olah', steps: 128 })
  },
  // viz(net).regularisers
  async () => {
    await viz(net).regularisers('cat', { presets: ['none', 'cs231n', 'olah'], steps: 100 })
  },
  // viz(net).allClasses
  async () => {
    (await viz(net).allClasses({ judge: viz.model('scenes-stride4'), steps: 64 })).rate
  },
  // viz(net).units
  async () => {
    await viz(net).units(['conv2', 'conv4', 'fc8'])
  },
  // viz(net).facets
  async () => {
    await viz(net).facets(viz.scenes({ length: 2000 }), 'cat', { facets: 4 })
  },
  // viz(net).layer
  async () => {
    viz(net).layer('conv1').filters()
  },
  // viz(net).unit
  async () => {
    viz(net).unit('conv4', 17).patches(scenes, 9)
  },
  // viz(net).unit
  async () => {
    viz(net).unit('fc8', 'cat').patches(scenes)
  },
  // viz(net).patches
  async () => {
    viz(net).patches(scenes, ['conv1', 'conv3', 'conv5'], 9, { units: 6 })
  },
  // viz(net).embed
  async () => {
    await viz(net).embed(scenes, 'fc7').tsne()
  },
  // viz(net).on(photo).target
  async () => {
    viz(net).on(photo).target('wolf').gradcam()
    viz(net).on(photo).target('conv5:17@3,3').guided()
    viz(net).on(photo).target(classScore('wolf').minus(classScore('dog'))).gradcam()
  },
  // viz(net).on(photo).predict
  async () => {
    (await viz(net).on(photo).predict()).top(3)
  },
  // viz(net).on(photo).activations
  async () => {
    (await viz(net).on(photo).activations('relu5')).top(3)
  },
  // viz(net).on(photo).saliency
  async () => {
    viz(net).on(photo).saliency({ channels: 'sum' })
  },
  // viz(net).on(photo).scoreOrProbability
  async () => {
    (await viz(net).on(photo).scoreOrProbability()).cosines
  },
  // viz(net).on(photo).inputTimesGradient
  async () => {
    viz(net).on(photo).inputTimesGradient()
  },
  // viz(net).on(photo).smoothGrad
  async () => {
    viz(net).on(photo).smoothGrad({ samples: 25 })
  },
  // viz(net).on(photo).gradient
  async () => {
    viz(net).on(photo).gradient('conv4:17@3,5')
  },
  // viz(net).on(photo).project
  async () => {
    viz(net).on(photo).project('conv3:15')
  },
  // viz(net).on(photo).guided
  async () => {
    viz(net).on(photo).target(neuron('conv5', [17, 3, 3])).guided()
  },
  // viz(net).on(photo).deconvnet
  async () => {
    viz(net).on(photo).deconvnet()
  },
  // viz(net).on(photo).gradcam
  async () => {
    viz(net).on(photo).target('tiger cat').gradcam()
  },
  // viz(net).on(photo).guidedGradcam
  async () => {
    viz(net).on(photo).target('tiger cat').guidedGradcam()
  },
  // viz(net).on(photo).integratedGradients
  async () => {
    (await viz(net).on(photo).integratedGradients({ baseline: 'black' })).convergenceDelta
  },
  // viz(net).on(photo).occlusion
  async () => {
    (await viz(net).on(photo).occlusion({ window: 24, stride: 8, classes: true })).panels
  },
  // viz(net).on(photo).segment
  async () => {
    (await viz(net).on(scene).segment({ from: 'smoothGrad' })).iou
  },
  // viz(net).on(photo).fool
  async () => {
    (await viz(net).on(photo).fool('goldfish')).images[0]!.save('goldfish.png')
  },
  // viz(net).on(photo).attack
  async () => {
    viz(net).on(photo).attack('pgd', { epsilon: 4 / 255, target: 'goldfish' })
  },
  // viz(net).on(photo).minimalAttack
  async () => {
    (await viz(net).on(photo).minimalAttack('deepfool')).outcomes[0]!.norms.l2
  },
  // viz(net).on(photo).invert
  async () => {
    viz(net).on(photo).invert(['conv1', 'conv3', 'conv5'])
  },
  // viz(net).on(photo).dream
  async () => {
    (await viz(net).on(photo).dream('conv4', { octaves: 4 })).images[0]!.save('dream.png')
  },
  // viz(net).on(photo).dreamZoom
  async () => {
    await (await viz(net).on(photo).dreamZoom('conv4', { frames: 40 })).save('dream.gif')
  },
  // viz(net).on(photo).dreamIdentity
  async () => {
    (await viz(net).on(photo).dreamIdentity('conv4')).differenceAtPixels
  },
  // viz(net).on(photo).gram
  async () => {
    viz(net).on(texture).gram('conv2')
  },
  // viz(net).on(photo).shufflePlaces
  async () => {
    (await viz(net).on(texture).shufflePlaces('conv2')).difference
  },
  // viz(net).on(photo).synthesise
  async () => {
    viz(net).on(texture).synthesise({ size: [128, 128] })
  },
  // viz(net).on(photo).synthesiseByLayer
  async () => {
    viz(net).on(texture).synthesiseByLayer({ by: 'cumulative', steps: 60 })
  },
  // viz(net).on(photo).textureNetwork
  async () => {
    await (await viz(net).on(texture).textureNetwork()).make({ size: [256, 256], seed: 3 })
  },
  // viz(net).on(photo).style
  async () => {
    viz(net).on(photo).style(painting, { weight: 2 })
  },
  // viz(net).on(photo).styleSweep
  async () => {
    viz(net).on(photo).styleSweep(painting, { weights: [0.1, 1, 10] })
  },
  // viz(net).layer(name).filters
  async () => {
    viz(net).layer('conv1').filters()
  },
  // viz(net).layer(name).templates
  async () => {
    viz(net).layer('fc').templates({ outputs: ['car'] })
  },
  // viz(net).layer(name).spectrum
  async () => {
    (await viz(net).layer('conv1').spectrum()).aliased
  },
  // viz(net).layer(name).patches
  async () => {
    viz(net).layer('conv4').patches(scenes, 9, { units: 20, guided: true })
  },
  // viz(net).layer(name).maximize
  async () => {
    await viz(net).layer('conv4').maximize({ units: 9, preset: 'olah', steps: 64 })
  },
  // viz(net).layer(name).importance
  async () => {
    (await viz(net).layer('conv3').importance(scenes, { by: ['taylor', 'l1'] })).curve
  },
  // viz(net).unit(layer, channel).patches
  async () => {
    viz(net).unit('conv4', 17).patches(scenes, 9)
  },
  // viz(net).unit(layer, channel).maximize
  async () => {
    await viz(net).unit('fc8', 'cat').maximize({ steps: 256 }).l2(1e-3).blur(0.5, { every: 10 }).jitter(8)
  },
]
