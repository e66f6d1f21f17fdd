import { z } from 'zod';
import { repositoryUrl } from '../values/repository-url.js';

const PRINTABLE = /^[^\p{Cc}]*$/u;
const NOT_PRINTABLE = 'it holds control characters';

/** Name of a source as resources bear it: where it is, whatever the ref, e.g. `https://git.example.com/site.git`. */
export const sourceName = z.string().min(1).max(2_048).regex(PRINTABLE, NOT_PRINTABLE);

/** Where manifests come from as a person names it. */
export const sourceAddress = repositoryUrl.max(2_048).regex(PRINTABLE, NOT_PRINTABLE);

/** Where manifests come from, and what of it was applied last. Its identity is its name. */
export const sourceSchema = z.strictObject({
  name: sourceName,
  /** URL of the repository, or the folder that a person applied. */
  repository: repositoryUrl.regex(PRINTABLE, NOT_PRINTABLE),
  ref: z.string().nullable(),
  /** Commit that was applied last; null: a folder without Git, or with changes that are in no commit. */
  sha: z.string().nullable(),
  /** The ref's end at that time, or the commit that an applied folder stood on: it is not applied by itself again. */
  head: z.string().nullable(),
  /** SHA-256 (hex) of the manifests that were applied last. */
  digest: z.string(),
});

export type Source = z.infer<typeof sourceSchema>;
