/**
 * How every figure looks. Figures lie on a light, opaque card of their own, so that they are as
 * legible in a dark notebook as in a light one. Lengths are CSS pixels.
 */
export const theme = {
  /** Device pixels per CSS pixel, for sharp text and pictures on today's screens. */
  resolution: 2,
  /**
   * The widest figure, edge to edge: about the width of a notebook's output, and what four pictures
   * of 224 pixels take side by side. Drawn so, without resampling, they make a PNG half as large.
   */
  maxWidth: 960,
  /** The narrowest column of text or colour bar, however narrow the picture above it. */
  minWidth: 160,
  /** Between the card's edge and what is on it. */
  padding: 14,
  cornerRadius: 10,
  /** Between neighbours side by side, and between the parts of one figure. */
  gap: 12,
  smallGap: 6,
  card: '#ffffff',
  cardEdge: '#d4d8de',
  ink: '#1c2430',
  quietInk: '#55606f',
  line: '#aab2bd',
  track: '#eef1f4',
  bar: '#7f93ad',
  /** For the one bar or word that matters. Dark enough to read as text on the card. */
  accent: '#b3261e',
}
