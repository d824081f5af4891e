/** How a data set is made, in words that travel: another process, or another machine, makes the same from it. */

/** What is written is plain JSON, with absolute paths. */
export type Recipe =
  | {
      /** Which function makes it: one of `loaders` in from-recipe.ts. */
      readonly loader: string
      readonly arguments: readonly unknown[]
    }
  | { readonly of: Recipe; readonly step: RecipeStep }
  | { readonly concat: readonly Recipe[] }

/** What is done to a data set, by the names of the methods of `Dataset`. */
export type RecipeStep =
  | readonly ['take' | 'skip', count: number]
  | readonly ['shuffle', seed: number]
  | readonly ['select', indices: readonly number[]]
