// Bounds of archives. The writer keeps them and the reader enforces them, so that a hostile archive costs bounded memory and time.
const MIB = 1024 * 1024;

/** Largest part in bytes. Writers split what is larger. */
export const LARGEST_PART_BYTES = 16 * MIB;

/** Largest `manifest.json` in bytes: it grows by some 150 bytes with each part. */
export const LARGEST_MANIFEST_BYTES = 64 * MIB;

/** Largest number of parts. */
export const MOST_PARTS = 250_000;

/** Largest sum of all parts in bytes, uncompressed. */
export const LARGEST_ARCHIVE_BYTES = 1024 * 1024 * MIB;

/** Largest extension header (PAX, GNU) in bytes: it holds one path and some times. */
export const LARGEST_EXTENSION_BYTES = 4_096;

/** Largest header of an age file in bytes: enough for a hundred post-quantum recipients. */
export const LARGEST_AGE_HEADER_BYTES = 256 * 1024;

/**
 * Returns the number of bytes that a gzip stream may have unpacked to. JSON and YAML shrink to a hundredth at best;
 * the most that gzip can do is a thousandth.
 */
export function mostUnpackedBytes(packed: number): number {
  return Math.min(LARGEST_ARCHIVE_BYTES, 64 * MIB + 300 * packed);
}
