// Proof that the log is the one that was there before: its Merkle tree, signed heads of it, and the check of a whole log.
// May import data, values, resources, log and trust.

/** Returns the SHA-256 of these bytes, one after the other. */
export type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array;

/** Merkle tree of RFC 6962 over the messages of a log, which grows by one leaf at a time and keeps only the whole subtrees. */
export interface MerkleTree {
  /** Number of leaves. */
  size(): number;
  /** Adds the hash of the next leaf, as {@link leafHash} returns it. */
  add(leaf: Uint8Array): void;
  /** Root over all leaves so far. */
  root(): Uint8Array;
  /** Roots of the largest whole subtrees, left to right; with the size they are all that the tree needs to go on. */
  peaks(): readonly Uint8Array[];
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** Returns the hash of a leaf (RFC 6962, section 2.1): the exact bytes of one message of the log. */
export function leafHash(sha256: Sha256, data: Uint8Array): Uint8Array {
  return sha256(LEAF, data);
}

/** Creates a tree, empty or with the size and peaks of an earlier one. */
export function createTree(
  sha256: Sha256,
  from: { readonly size: number; readonly peaks: readonly Uint8Array[] } = { size: 0, peaks: [] },
): MerkleTree {
  let size = from.size;
  const peaks = [...from.peaks];
  const join = (left: Uint8Array, right: Uint8Array) => sha256(NODE, left, right);
  return {
    size: () => size,
    peaks: () => [...peaks],
    add(leaf) {
      let node = leaf;
      // Each whole subtree of the same size on the left becomes one with the new one.
      for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) node = join(peaks.pop() as Uint8Array, node);
      peaks.push(node);
      size += 1;
    },
    root: () => (peaks.length === 0 ? sha256() : peaks.reduceRight((right, left) => join(left, right))),
  };
}
