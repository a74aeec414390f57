/** Castagnoli, reflected. */
const polynomial = 0x82f63b78;

/** CRC32C of two contents one after the other, from the CRC32C of each and the length of the second (Mark Adler's method). */
export function combineCrc32c(first: number, second: number, secondBytes: number): number {
  // The matrix that appends one zero bit; squared, it appends twice as many.
  let matrix = Array.from({ length: 32 }, (_, bit) => (bit === 0 ? polynomial : 1 << (bit - 1)));
  let result = first;
  for (let bits = BigInt(secondBytes) * 8n; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = times(matrix, result);
    matrix = matrix.map((column) => times(matrix, column));
  }
  return (result ^ second) >>> 0;
}

function times(matrix: readonly number[], vector: number): number {
  let sum = 0;
  for (let bit = 0, rest = vector; rest !== 0; bit++, rest >>>= 1) if (rest & 1) sum ^= matrix[bit] ?? 0;
  return sum;
}
