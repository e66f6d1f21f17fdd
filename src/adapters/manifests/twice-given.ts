import { isMap, isPair, isScalar, isSeq, YAMLParseError, type Document, type ErrorCode, type Range } from 'yaml';

/** An error for each key that a mapping of the document gives again, or that no object can have; each is looked at once. */
export function keysGivenTwice(document: Document.Parsed): YAMLParseError[] {
  return [...twiceIn(document.contents)];
}

function* twiceIn(node: unknown): Generator<YAMLParseError, void> {
  if (isMap(node)) {
    const seen = new Set<unknown>();
    for (const { key } of node.items) {
      if (!isScalar(key)) continue;
      if (key.value === '__proto__') yield wrong(key.range, 'IMPOSSIBLE', 'no field is named __proto__');
      else if (seen.has(key.value)) yield wrong(key.range, 'DUPLICATE_KEY', 'a key is given twice');
      seen.add(key.value);
    }
  }
  if (isPair(node)) {
    yield* twiceIn(node.key);
    yield* twiceIn(node.value);
  }
  if (isMap(node) || isSeq(node)) for (const item of node.items) yield* twiceIn(item);
}

function wrong(range: Range | null | undefined, code: ErrorCode, message: string): YAMLParseError {
  return new YAMLParseError([range?.[0] ?? 0, range?.[1] ?? 0], code, message);
}
