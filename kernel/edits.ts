/** Changes to a text, given by places in the original. */
export class Edits {
  private readonly edits: { start: number; end: number; text: string }[] = []

  constructor(private readonly original: string) {}

  replace(start: number, end: number, text: string): void {
    this.edits.push({ start, end, text })
  }

  insert(at: number, text: string): void {
    this.replace(at, at, text)
  }

  apply(): string {
    let result = ''
    let position = 0
    // Sorting is stable: insertions at one place keep their order.
    for (const { start, end, text } of this.edits.sort((a, b) => a.start - b.start)) {
      result += this.original.slice(position, start) + text
      position = end
    }
    return result + this.original.slice(position)
  }
}
