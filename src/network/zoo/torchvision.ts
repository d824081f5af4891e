/** The classifiers of torchvision, by its names for them. */
import type { Preprocessing } from '../../image/preprocessing.js'
import { alexnet } from './alexnet.js'
import type { ArchitectureOf } from './architecture.js'
import { convnext_tiny } from './convnext.js'
import { densenet121 } from './densenet.js'
import { efficientnet_b0 } from './efficientnet.js'
import { googlenet } from './googlenet.js'
import { inception_v3 } from './inception.js'
import { mnasnet1_0 } from './mnasnet.js'
import { mobilenet_v2, mobilenet_v3_large, mobilenet_v3_small } from './mobilenet.js'
import { resnet101, resnet18, resnet34, resnet50, resnext50_32x4d } from './resnet.js'
import { shufflenet_v2_x1_0 } from './shufflenet.js'
import { squeezenet1_0, squeezenet1_1 } from './squeezenet.js'
import * as vgg from './vgg.js'

export interface Classifier {
  architecture: ArchitectureOf
  preprocessing: Preprocessing
}

/** What torchvision's classifiers expect: the statistics of ImageNet's pixels. */
export const imagenet: Preprocessing = {
  size: [224, 224],
  resize: 256,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
}

/** A classifier and what its images are prepared by, where that is not as usual. */
const classifier = (
  architecture: ArchitectureOf,
  preprocessing: Partial<Preprocessing> = {},
): Classifier => ({ architecture, preprocessing: { ...imagenet, ...preprocessing } })

export const torchvision = {
  alexnet: classifier(alexnet),
  vgg11: classifier(vgg.vgg11),
  vgg11_bn: classifier(vgg.vgg11_bn),
  vgg13: classifier(vgg.vgg13),
  vgg13_bn: classifier(vgg.vgg13_bn),
  vgg16: classifier(vgg.vgg16),
  vgg16_bn: classifier(vgg.vgg16_bn),
  vgg19: classifier(vgg.vgg19),
  vgg19_bn: classifier(vgg.vgg19_bn),
  squeezenet1_0: classifier(squeezenet1_0),
  squeezenet1_1: classifier(squeezenet1_1),
  resnet18: classifier(resnet18),
  resnet34: classifier(resnet34),
  resnet50: classifier(resnet50),
  resnet101: classifier(resnet101),
  resnext50_32x4d: classifier(resnext50_32x4d),
  googlenet: classifier(googlenet),
  inception_v3: classifier(inception_v3, { size: [299, 299], resize: 342 }),
  densenet121: classifier(densenet121),
  mobilenet_v2: classifier(mobilenet_v2),
  mobilenet_v3_small: classifier(mobilenet_v3_small),
  mobilenet_v3_large: classifier(mobilenet_v3_large),
  efficientnet_b0: classifier(efficientnet_b0, { filter: 'bicubic' }),
  shufflenet_v2_x1_0: classifier(shufflenet_v2_x1_0),
  mnasnet1_0: classifier(mnasnet1_0),
  convnext_tiny: classifier(convnext_tiny, { resize: 236 }),
} satisfies Record<string, Classifier>
