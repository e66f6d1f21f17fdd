import { z } from 'zod';
import { repositoryUrl } from '../values/repository-url.js';
import { defineKind, noReferences } from './definition.js';

const PRINTABLE = /^[^\p{Cc}]*$/u;
const NOT_PRINTABLE = 'it contains control characters';

/** Name of a source, as resources carry it: its location without the ref, e.g. `https://git.example.com/site.git`. */
export const sourceName = z.string().min(1).max(2_048).regex(PRINTABLE, NOT_PRINTABLE);

/** Location of manifests as a person names it: a folder, or a URL with or without `#ref`. */
export const sourceAddress = repositoryUrl.max(2_048).regex(PRINTABLE, NOT_PRINTABLE);

/** A source of manifests: a folder or repository, and the state of it that was applied last. */
export const sourceSchema = z.strictObject({
  name: sourceName,
  /** URL of the repository, or path of the folder that a person applied. */
  repository: repositoryUrl.regex(PRINTABLE, NOT_PRINTABLE),
  ref: z.string().nullable(),
  /** Commit that was applied last; null: a folder without Git, or one with uncommitted changes. */
  sha: z.string().nullable(),
  /** Head of the ref at that time, or the commit checked out in the folder. A schedule does not apply it again. */
  head: z.string().nullable(),
  /** SHA-256 (hex) of the manifests that were applied last. */
  digest: z.string(),
});

/** A source as the log holds it. */
export type Source = z.infer<typeof sourceSchema>;

/** The kind `Source`. */
export const sourceDefinition = defineKind({
  role: 'bookkeeping',
  noun: 'source',
  plural: 'sources',
  schema: sourceSchema,
  identity: 'name',
  driftsIn: null,
  refersTo: [],
  references: noReferences,
});
