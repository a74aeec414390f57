/** The Castagnoli polynomial, its bits reversed. */
const polynomial = 0x82f63b78;
/** x^0: the highest bit is the lowest power. */
const one = 0x80000000;

/** a·b modulo the polynomial, over bits. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = one; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= b;
    b = b & 1 ? (b >>> 1) ^ polynomial : b >>> 1;
  }
  return product >>> 0;
}

/** CRC32C of `first` followed by `second`, of which only the length is needed beside its CRC32C: zlib's crc32_combine. */
export function combineCrc32c(first: number, second: number, secondBytes: number): number {
  // x^(8·secondBytes) by squaring, from x^8.
  let shift = one;
  for (let power = 0x00800000, left = secondBytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) shift = multiply(shift, power);
    power = multiply(power, power);
  }
  return (multiply(shift, first) ^ second) >>> 0;
}
