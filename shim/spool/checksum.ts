// CRC-32 as zlib and Ethernet have it (ISO 3309), without loading zlib: the enqueue pays for every module.

const POLYNOMIAL = 0xedb88320 | 0;

// Signed, since V8 makes an object of each number above 2^31. The entry of a sum of two indexes is the XOR of theirs.
const table = new Int32Array(256);
for (let bit = 128, value = 1; bit > 0; bit >>>= 1) {
  value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  for (let index = 0; index < 256; index += 2 * bit) table[index + bit] = table[index]! ^ value;
}

/** Of the bytes, continuing from the sum of those before them; 0 at the start. */
export function checksum(bytes: Uint8Array, before: number): number {
  let sum = ~before;
  for (let at = 0; at < bytes.length; at++) sum = table[(sum ^ bytes[at]!) & 255]! ^ (sum >>> 8);
  return ~sum >>> 0;
}
