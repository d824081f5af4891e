const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** Chunks by which a decoder would convert the stored values to another colour space. */
const colourChunks = new Set(['gAMA', 'cHRM', 'iCCP', 'sRGB', 'cICP'])

/**
 * A PNG file without its colour profile, so that decoding gives the stored bytes: what Pillow and
 * torchvision give, and so what networks are trained on. Other files are returned as they are.
 */
export function withoutColourProfile(file: Uint8Array): Uint8Array {
  if (!signature.every((byte, i) => file[i] === byte)) return file
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const kept = [file.subarray(0, 8)]
  // A chunk is its length, four letters of type, the data and a checksum.
  for (let at = 8; at + 12 <= file.length;) {
    const end = at + 12 + view.getUint32(at)
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8))
    if (!colourChunks.has(type)) kept.push(file.subarray(at, end))
    at = end
  }
  return Buffer.concat(kept)
}
