// CRC-32 as zlib and Ethernet have it (ISO 3309), without loading zlib: the enqueue pays for every module.

const table = new Uint32Array(256);
for (let index = 0; index < 256; index++) {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  table[index] = value;
}

/** Of the octets, going on from the sum of those before them; 0 at the start. */
export function checksum(octets: Uint8Array, before: number): number {
  let sum = ~before;
  for (let at = 0; at < octets.length; at++) sum = table[(sum ^ octets[at]!) & 255]! ^ (sum >>> 8);
  return ~sum >>> 0;
}
