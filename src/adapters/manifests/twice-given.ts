import { isMap, isPair, isScalar, isSeq, YAMLParseError, type Document, type Range } from 'yaml';

/** An error for each key that a mapping of the document gives again; each key is looked at once. */
export function keysGivenTwice(document: Document.Parsed): YAMLParseError[] {
  return [...twiceIn(document.contents)];
}

function* twiceIn(node: unknown): Generator<YAMLParseError, void> {
  if (isMap(node)) {
    const seen = new Set<unknown>();
    for (const { key } of node.items) {
      if (!isScalar(key)) continue;
      if (seen.has(key.value)) yield twice(key.range);
      seen.add(key.value);
    }
  }
  if (isPair(node)) {
    yield* twiceIn(node.key);
    yield* twiceIn(node.value);
  }
  if (isMap(node) || isSeq(node)) for (const item of node.items) yield* twiceIn(item);
}

function twice(range: Range | null | undefined): YAMLParseError {
  return new YAMLParseError([range?.[0] ?? 0, range?.[1] ?? 0], 'DUPLICATE_KEY', 'a key is given twice');
}
