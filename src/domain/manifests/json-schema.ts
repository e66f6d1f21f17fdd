import { z } from 'zod';
import { documentSchema, manifestKinds } from './manifest.js';
import type { ManifestKind } from '../resources/kinds.js';
import type { Json } from '../data/json.js';

/**
 * Returns the JSON Schema of manifests of these kinds, with which editors complete and check files. It accepts more than
 * `update validate`, which also checks combinations of fields and the syntax of addresses and durations.
 */
export function manifestSchema(kinds: readonly ManifestKind[] = manifestKinds): Json {
  const definitions = kinds.map((kind) => [kind, definition(kind)] as const);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Hecate manifest',
    oneOf: kinds.map((kind) => ({ $ref: `#/$defs/${kind}` })),
    $defs: Object.fromEntries(definitions),
  };
}

function definition(kind: ManifestKind): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(documentSchema(kind), { io: 'input' });
  return { title: kind, ...schema };
}
