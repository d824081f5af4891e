/**
 * Letters in bold, blackboard bold, script and other alphabets, for browsers that follow MathML
 * Core: they ignore the attribute `mathvariant` (but for "normal"), and expect Unicode's
 * mathematical alphanumeric symbols instead. https://www.w3.org/TR/mathml-core/#the-mathvariant-attribute
 */

/** Where an alphabet's A, a, 0 and Greek Α, α are; and letters that Unicode had elsewhere before. */
interface Alphabet {
  A: number
  a: number
  digit?: number
  Alpha?: number
  alpha?: number
  elsewhere?: Record<string, string>
}

const alphabets: Record<string, Alphabet> = {
  bold: { A: 0x1d400, a: 0x1d41a, digit: 0x1d7ce, Alpha: 0x1d6a8, alpha: 0x1d6c2 },
  'bold-italic': { A: 0x1d468, a: 0x1d482, Alpha: 0x1d71c, alpha: 0x1d736 },
  'double-struck': {
    A: 0x1d538,
    a: 0x1d552,
    digit: 0x1d7d8,
    elsewhere: { C: 'ℂ', H: 'ℍ', N: 'ℕ', P: 'ℙ', Q: 'ℚ', R: 'ℝ', Z: 'ℤ' },
  },
  script: {
    A: 0x1d49c,
    a: 0x1d4b6,
    elsewhere: {
      ...{ B: 'ℬ', E: 'ℰ', F: 'ℱ', H: 'ℋ', I: 'ℐ', L: 'ℒ', M: 'ℳ', R: 'ℛ' },
      ...{ e: 'ℯ', g: 'ℊ', o: 'ℴ' },
    },
  },
  fraktur: {
    A: 0x1d504,
    a: 0x1d51e,
    elsewhere: { C: 'ℭ', H: 'ℌ', I: 'ℑ', R: 'ℜ', Z: 'ℨ' },
  },
  'sans-serif': { A: 0x1d5a0, a: 0x1d5ba, digit: 0x1d7e2 },
  monospace: { A: 0x1d670, a: 0x1d68a, digit: 0x1d7f6 },
}

/** Replaces `mathvariant` in MathML by the letters themselves. */
export function spellVariants(mathml: string): string {
  return mathml.replace(
    /<(m[ino]|mtext) mathvariant="([a-z-]+)">([^<&]*)</g,
    (whole, tag: string, variant: string, text: string) => {
      const alphabet = alphabets[variant]
      if (!alphabet) return whole
      return `<${tag}>${Array.from(text, (character) => spell(character, alphabet)).join('')}<`
    },
  )
}

function spell(character: string, { A, a, digit, Alpha, alpha, elsewhere }: Alphabet): string {
  const starts: [range: RegExp, first: string, start: number | undefined][] = [
    [/[A-Z]/, 'A', A],
    [/[a-z]/, 'a', a],
    [/[0-9]/, '0', digit],
    [/[Α-ΡΣ-Ω]/, 'Α', Alpha],
    [/[α-ω]/, 'α', alpha],
  ]
  const found = starts.find(([range]) => range.test(character))
  if (found?.[2] === undefined) return character
  const [, first, start] = found
  return (
    elsewhere?.[character] ??
    String.fromCodePoint(start + character.charCodeAt(0) - first.charCodeAt(0))
  )
}
