/** A CRC32C as listings, manifests and checks have it: 8 hexadecimal digits. */
export const hexOfCrc32c = (crc: number) => crc.toString(16).padStart(8, '0');
