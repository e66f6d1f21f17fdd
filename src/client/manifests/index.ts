import type { ManifestKind } from '../../domain/resources/kinds.js';
import { manifestSchema } from '../../domain/manifests/json-schema.js';

// What is done with manifests as files, in the command line itself: no worker is asked. A bundle of its own, loaded when it is used.
export { exportTo } from './export.js';
export { importFromCaddy } from './import.js';
export { validate } from './validate.js';

/** Prints the JSON Schema of manifests, of all kinds or of one. */
export function printSchema(kind: ManifestKind | undefined): void {
  process.stdout.write(`${JSON.stringify(manifestSchema(kind && [kind]), null, 2)}\n`);
}
