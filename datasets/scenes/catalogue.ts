/**
 * The objects that scenes show, in readable groups. Beside each stand the names under which the
 * drawing packs list it, the preferred first: packs disagree on whether 'cat' is a face or a body,
 * and a class should look alike in all of them. (`fxemoji` has names of its own.) Left out is what
 * they draw too differently (bird, sailboat), or too much alike to be told apart (mouse and rat).
 */
const catalogue = {
  mammals: {
    cat: ['cat-face', 'cat'],
    dog: ['dog-face', 'dog'],
    wolf: ['wolf', 'wolfface'],
    fox: ['fox', 'foxsmiling'],
    bear: ['bear'],
    panda: ['panda', 'pandaface'],
    koala: ['koala'],
    tiger: ['tiger-face', 'tiger'],
    mouse: ['mouse-face', 'mouse'],
    rabbit: ['rabbit-face', 'bunny'],
    pig: ['pig-face', 'pig'],
    elephant: ['elephant'],
    camel: ['two-hump-camel', 'bactriancamel'],
    chipmunk: ['chipmunk'],
  },
  birds: {
    penguin: ['penguin'],
    rooster: ['rooster'],
    chick: ['front-facing-baby-chick', 'frontfacingchick'],
  },
  'reptiles and amphibians': {
    crocodile: ['crocodile'],
    snake: ['snake'],
    turtle: ['turtle'],
    frog: ['frog'],
  },
  'sea animals': {
    fish: ['fish'],
    octopus: ['octopus'],
    whale: ['whale'],
  },
  'small animals': {
    ant: ['ant'],
    bee: ['honeybee'],
    caterpillar: ['bug'],
    ladybug: ['lady-beetle', 'ladybeetle'],
    snail: ['snail'],
    spider: ['spider'],
  },
  vehicles: {
    car: ['automobile'],
    bus: ['bus'],
    bicycle: ['bicycle'],
    motorcycle: ['motorcycle'],
    tractor: ['tractor'],
    train: ['locomotive', 'steamlocomotive'],
    airplane: ['airplane'],
    helicopter: ['helicopter'],
    rocket: ['rocket'],
  },
  'fruit and vegetables': {
    apple: ['red-apple', 'redapple'],
    banana: ['banana'],
    cherries: ['cherries'],
    corn: ['ear-of-corn', 'earofmaize'],
    eggplant: ['eggplant', 'aubergine'],
    grapes: ['grapes'],
    lemon: ['lemon'],
    pear: ['pear'],
    pineapple: ['pineapple'],
    strawberry: ['strawberry'],
    watermelon: ['watermelon'],
  },
  dishes: {
    doughnut: ['doughnut'],
    fries: ['french-fries', 'frenchfries'],
    hamburger: ['hamburger'],
    'ice cream': ['soft-ice-cream', 'softicecream'],
    pizza: ['pizza', 'sliceofpizza'],
  },
  plants: {
    cactus: ['cactus'],
    clover: ['four-leaf-clover', 'fourleafclover'],
    fir: ['evergreen-tree', 'evergreen'],
    mushroom: ['mushroom'],
    palm: ['palm-tree', 'palmtree'],
    sunflower: ['sunflower'],
    tulip: ['tulip'],
  },
  things: {
    balloon: ['balloon'],
    bell: ['bell'],
    camera: ['camera'],
    crown: ['crown'],
    football: ['soccer-ball', 'soccerball'],
    guitar: ['guitar'],
    house: ['house', 'housebuilding'],
    telephone: ['telephone', 'blacktouchtonetelephone'],
    trumpet: ['trumpet'],
    umbrella: ['umbrellawithraindrops', 'umbrella'],
  },
} as const

type Catalogue = typeof catalogue

/** A group of classes, such as 'mammals'. */
export type Group = keyof Catalogue

/** The name of a class, such as 'elephant'. */
export type ClassName = { [G in Group]: keyof Catalogue[G] }[Group]

/** The classes of each group. */
export const groups: Readonly<Record<Group, readonly ClassName[]>> = {
  mammals: keys(catalogue.mammals),
  birds: keys(catalogue.birds),
  'reptiles and amphibians': keys(catalogue['reptiles and amphibians']),
  'sea animals': keys(catalogue['sea animals']),
  'small animals': keys(catalogue['small animals']),
  vehicles: keys(catalogue.vehicles),
  'fruit and vegetables': keys(catalogue['fruit and vegetables']),
  dishes: keys(catalogue.dishes),
  plants: keys(catalogue.plants),
  things: keys(catalogue.things),
}

/** Every class, group after group: the order of the labels when no `classes` are chosen. */
export const classNames: readonly ClassName[] = Object.values(groups).flat()

/** Classes that are known by a piece of their surface, in every style. */
export const texturedClasses: readonly ClassName[] = [
  ...(['tiger', 'panda', 'snake', 'turtle', 'bee', 'ladybug'] as const),
  ...(['corn', 'grapes', 'pineapple', 'strawberry', 'watermelon'] as const),
  ...(['doughnut', 'hamburger', 'pizza', 'cactus', 'mushroom', 'sunflower'] as const),
  ...(['crown', 'football', 'house'] as const),
]

/** The names under which packs list a class, the preferred first. */
export const namesInPacks: Readonly<Record<ClassName, readonly string[]>> = {
  ...catalogue.mammals,
  ...catalogue.birds,
  ...catalogue['reptiles and amphibians'],
  ...catalogue['sea animals'],
  ...catalogue['small animals'],
  ...catalogue.vehicles,
  ...catalogue['fruit and vegetables'],
  ...catalogue.dishes,
  ...catalogue.plants,
  ...catalogue.things,
}

function keys<T extends object>(members: T): readonly (keyof T & string)[] {
  return Object.keys(members) as (keyof T & string)[]
}
