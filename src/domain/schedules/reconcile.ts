import { z } from 'zod';
import { isRepositoryUrl, repositoryUrl } from '../values/network/repository-url.js';
import { defineAction } from './action.js';

const LONGEST_URL = 2_048;

/** URL of a repository with or without `#ref`. The worker reads it, so it is not a folder of a person. */
export const scheduledRepository = repositoryUrl
  .max(LONGEST_URL)
  .regex(/^[^\p{Cc}]*$/u, 'it contains control characters')
  .refine(isRepositoryUrl, {
    message: 'it is not a URL; a schedule runs in the worker, which cannot read a folder of yours',
  });

/** Largest share of all routes that a run may delete without `yes`, in percent. */
export const pruneShare = z
  .number({ error: 'give a number from 0 to 100' })
  .min(0, 'give a number from 0 to 100')
  .max(100, 'give a number from 0 to 100');

/** Reconciles: `update state reconcile` with these options. */
export const reconcileAction = defineAction({
  kind: 'reconcile',
  options: {
    // The list of components follows from the table of kinds, which holds schedules themselves; see `componentOption`.
    component: z
      .string()
      .regex(/^[a-z-]{1,63}$/)
      .default('all'),
    fromGit: scheduledRepository
      .nullable()
      .default(null)
      .describe('Repository with #ref (default: every repository applied before)')
      .meta({ placeholder: 'url', names: 'Source' }),
    prune: z.boolean().default(false).describe('Delete resources that a new commit of a repository no longer has'),
    pruneLimit: pruneShare
      .nullable()
      .default(null)
      .describe('Largest share of all routes that may be deleted without --yes, in percent (default: 30)')
      .meta({ placeholder: 'percent' }),
    yes: z
      .boolean()
      .default(false)
      .describe(
        'Carry it out although visitors lose something, such as sign-in, or more is deleted than --prune-limit',
      ),
    adopt: z.boolean().default(false).describe('Take manual changes of a proxy into the log'),
  },
});
