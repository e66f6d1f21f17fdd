import { z } from 'zod';
import { documentSchema, manifestKinds } from './manifest.js';
import type { ManifestKind } from '../resources/kinds.js';
import type { Json } from '../data/json.js';

/**
 * JSON Schema of a manifest of one kind, or of any, by which editors complete and check. It is wider than what is read:
 * what two fields say together, and how addresses and durations are spelled, is checked by `update validate` only.
 */
export function manifestSchema(kinds: readonly ManifestKind[] = manifestKinds): Json {
  const definitions = kinds.map((kind) => [kind, definition(kind)] as const);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Manifest of Hecate',
    oneOf: kinds.map((kind) => ({ $ref: `#/$defs/${kind}` })),
    $defs: Object.fromEntries(definitions),
  };
}

function definition(kind: ManifestKind): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(documentSchema(kind), { io: 'input' });
  return { title: kind, ...schema };
}
