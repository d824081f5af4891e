/**
 * The objects that scenes show, in readable groups. Beside each stand the names under which the
 * drawing packs list it, the preferred first: packs disagree on whether 'cat' is a face or a body,
 * and a class should look alike in all of them. (`fxemoji` has names of its own.)
 */
const catalogue = {
  animals: {
    cat: ['cat-face', 'cat'],
    dog: ['dog-face', 'dog'],
    wolf: ['wolf', 'wolfface'],
    fox: ['fox', 'foxsmiling'],
    panda: ['panda', 'pandaface'],
    tiger: ['tiger-face', 'tiger'],
    elephant: ['elephant'],
    frog: ['frog'],
    turtle: ['turtle'],
    whale: ['whale'],
    penguin: ['penguin'],
    ladybug: ['lady-beetle', 'ladybeetle'],
  },
  vehicles: {
    car: ['automobile'],
    bus: ['bus'],
    bicycle: ['bicycle'],
    airplane: ['airplane'],
    rocket: ['rocket'],
    train: ['locomotive', 'steamlocomotive'],
  },
  food: {
    apple: ['red-apple', 'redapple'],
    banana: ['banana'],
    strawberry: ['strawberry'],
    pizza: ['pizza', 'sliceofpizza'],
    hamburger: ['hamburger'],
    doughnut: ['doughnut'],
  },
  plants: {
    mushroom: ['mushroom'],
    sunflower: ['sunflower'],
    cactus: ['cactus'],
    fir: ['evergreen-tree', 'evergreen'],
  },
  things: {
    guitar: ['guitar'],
    house: ['house', 'housebuilding'],
    camera: ['camera'],
    football: ['soccer-ball', 'soccerball'],
  },
} as const

type Catalogue = typeof catalogue

/** A group of classes, such as 'animals'. */
export type Group = keyof Catalogue

/** The name of a class, such as 'elephant'. */
export type ClassName = { [G in Group]: keyof Catalogue[G] }[Group]

/** The classes of each group. */
export const groups = {
  animals: keys(catalogue.animals),
  vehicles: keys(catalogue.vehicles),
  food: keys(catalogue.food),
  plants: keys(catalogue.plants),
  things: keys(catalogue.things),
} satisfies Record<Group, readonly ClassName[]>

/** Every class, group after group: the order of the labels when no `classes` are chosen. */
export const classNames: readonly ClassName[] = Object.values(groups).flat()

/** The names under which packs list a class, the preferred first. */
export const namesInPacks: Readonly<Record<ClassName, readonly string[]>> = {
  ...catalogue.animals,
  ...catalogue.vehicles,
  ...catalogue.food,
  ...catalogue.plants,
  ...catalogue.things,
}

function keys<T extends object>(members: T): readonly (keyof T & string)[] {
  return Object.keys(members) as (keyof T & string)[]
}
