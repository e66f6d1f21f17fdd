import { isMap, isPair, isScalar, isSeq, YAMLParseError, type Document, type ErrorCode, type Range } from 'yaml';

/** Lists an error for each repeated key of a mapping and for each key `__proto__`. Takes time proportional to the document. */
export function duplicateKeyErrors(document: Document.Parsed): YAMLParseError[] {
  return [...errorsIn(document.contents)];
}

function* errorsIn(node: unknown): Generator<YAMLParseError, void> {
  if (isMap(node)) {
    const seen = new Set<unknown>();
    for (const { key } of node.items) {
      if (!isScalar(key)) continue;
      if (key.value === '__proto__') yield wrong(key.range, 'IMPOSSIBLE', '__proto__ is not a field; remove it');
      else if (seen.has(key.value)) yield wrong(key.range, 'DUPLICATE_KEY', 'a key is given twice');
      seen.add(key.value);
    }
  }
  if (isPair(node)) {
    yield* errorsIn(node.key);
    yield* errorsIn(node.value);
  }
  if (isMap(node) || isSeq(node)) for (const item of node.items) yield* errorsIn(item);
}

function wrong(range: Range | null | undefined, code: ErrorCode, message: string): YAMLParseError {
  return new YAMLParseError([range?.[0] ?? 0, range?.[1] ?? 0], code, message);
}
