import { isMap, isPair, isScalar, isSeq, type Document, type Node, type Pair } from 'yaml';
import type { FieldPath } from '../../domain/manifests/form.js';

/** Offset in the text of a field's value, or of its name with `isAboutName`. Falls back to the nearest outer field that is written. */
export function offsetOf(document: Document.Parsed, path: FieldPath, isAboutName = false): number {
  let offset = startOf(document.contents) ?? document.range[0];
  let node: unknown = document.contents;
  for (const [depth, key] of path.entries()) {
    const inner = childOf(node, key);
    if (inner === undefined) return offset;
    const wantsName = isAboutName && depth === path.length - 1;
    node = isPair(inner) ? inner.value : inner;
    offset = (wantsName ? nameOf(inner) : startOf(node)) ?? nameOf(inner) ?? offset;
  }
  return offset;
}

function childOf(node: unknown, key: string | number): Pair | Node | undefined {
  if (isMap(node)) return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
  return isSeq(node) ? (node.items[Number(key)] as Node | undefined) : undefined;
}

function nameOf(child: Pair | Node): number | undefined {
  return startOf(isPair(child) ? child.key : child);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}
