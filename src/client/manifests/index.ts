import type { ManifestKind } from '../../domain/resources/kinds.js';
import { manifestSchema } from '../../domain/manifests/json-schema.js';

export { exportTo } from './export.js';
export { importFromCaddy } from './import.js';
export { validate } from './validate.js';

/** Prints the JSON Schema of all kinds of manifests, or of one. */
export function printSchema(kind: ManifestKind | undefined): void {
  process.stdout.write(`${JSON.stringify(manifestSchema(kind && [kind]), null, 2)}\n`);
}
