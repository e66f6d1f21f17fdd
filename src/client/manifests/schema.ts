import type { ManifestKind } from '../../domain/manifests/form.js';
import { manifestSchema } from '../../domain/manifests/json-schema.js';

/** Prints the JSON Schema of manifests, of all kinds or of one. */
export function printSchema(kind: ManifestKind | undefined): void {
  process.stdout.write(`${JSON.stringify(manifestSchema(kind && [kind]), null, 2)}\n`);
}
