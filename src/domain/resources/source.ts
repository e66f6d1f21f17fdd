import { z } from 'zod';
import { repositoryUrl } from '../values/network/repository-url.js';
import { defineKind, noReferences } from './definition.js';

const PRINTABLE = /^[^\p{Cc}]*$/u;
const NOT_PRINTABLE = 'it contains control characters';

/** Name of a source, as resources carry it: its location without the ref, e.g. `https://git.example.com/site.git`. */
export const sourceName = z.string().min(1).max(2_048).regex(PRINTABLE, NOT_PRINTABLE);

/** Location of manifests as a person names it: a folder, or a URL with or without `#ref`. */
export const sourceAddress = repositoryUrl.max(2_048).regex(PRINTABLE, NOT_PRINTABLE);

/** Location and version of a source of manifests: a folder or repository. */
export const sourceVersionSchema = z.strictObject({
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

/** Location and version of a source. */
export type SourceVersion = z.infer<typeof sourceVersionSchema>;

/** Author of a change in the log. */
export const changeAuthorSchema = z.strictObject({
  /** Sequence of the commit. */
  sequence: z.int(),
  at: z.string(),
  actor: z.string(),
  reason: z.string().nullable(),
});

/** Author of a change in the log: its commit, time, actor and reason. */
export type ChangeAuthor = z.infer<typeof changeAuthorSchema>;

/** A source of manifests, the version of it that was applied last, and the fields that the log has otherwise. */
export const sourceSchema = z.strictObject({
  ...sourceVersionSchema.shape,
  /**
   * Resources that differed from the manifests after the last apply, by `Kind/name`: what the source said of them
   * (empty: the log never had it), and the
   * authors of the later changes by field. The base of the next apply; that of all other resources is their value after
   * the last one. Absent: none differed.
   */
  ahead: z
    .record(
      z.string(),
      z.strictObject({
        said: z.record(z.string(), z.unknown()),
        authors: z.record(z.string(), changeAuthorSchema),
      }),
    )
    .optional(),
  /** Reasons for which a part of a commit, or all of it, is not applied. Absent: nothing is held. */
  held: z
    .strictObject({
      /** Null: a folder without Git. */
      sha: z.string().nullable(),
      reasons: z.array(z.string()),
    })
    .optional(),
});

/** A source as the log holds it. */
export type Source = z.infer<typeof sourceSchema>;

/** Returns true for a folder without Git; only the person who applied it can read it. */
export function isPlainFolder({ repository, ref, sha }: Pick<Source, 'repository' | 'ref' | 'sha'>): boolean {
  return repository.startsWith('file://') && ref === null && sha === null;
}

/** The kind `Source`. */
export const sourceDefinition = defineKind({
  role: 'bookkeeping',
  changedBy: 'operator',
  noun: 'source',
  plural: 'sources',
  schema: sourceSchema,
  identity: 'name',
  driftsIn: null,
  refersTo: [],
  references: noReferences,
});
