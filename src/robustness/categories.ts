/** The sixteen categories of Geirhos et al., and which classes of ImageNet belong to each. */

/** first … last. */
const range = (first: number, last: number, ...without: number[]): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((i) => !without.includes(i))

/**
 * Sixteen everyday categories and the classes of ImageNet (indices in the usual order of the 1000) that belong to
 * each by WordNet; a category's probability is the mean of theirs. 207 of the 1000 classes belong to one.
 *
 * Geirhos et al.: Generalisation in humans and deep neural networks (2018); texture and shape (2019).
 */
export const sixteenCategories: Readonly<Record<string, readonly number[]>> = {
  airplane: [404],
  bear: range(294, 297),
  bicycle: [444, 671],
  bird: [
    8,
    ...range(10, 24, 17, 21),
    ...range(80, 83),
    ...range(87, 100, 97),
    ...range(127, 145, 134),
  ],
  boat: [472, 554, 625, 814, 914],
  bottle: [440, 720, 737, 898, 899, 901, 907],
  car: [436, 511, 817],
  cat: range(281, 286),
  chair: [423, 559, 765, 857],
  clock: [409, 530, 892],
  dog: range(152, 268, 192, 204, 227, 242, 251, 258, 260, 264),
  elephant: [385, 386],
  keyboard: [508, 878],
  knife: [499],
  oven: [766],
  truck: [555, 569, 656, 675, 717, 734, 864, 867],
}
