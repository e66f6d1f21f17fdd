import { z } from 'zod';

/** A user, a password or a token in an address; SSH names a user and no secret. */
const SECRET = /^(?!ssh:)[a-z+]+:\/\/[^/]*@|:\/\/[^/@]*:[^/@]*@/i;

/** Where manifests are: a folder or the URL of a repository. It stands in histories, so nothing secret may be in it. */
export const repositoryUrl = z
  .string()
  .min(1, 'it is empty')
  .refine((text) => !SECRET.test(text), {
    message:
      'a user, password or token in a URL would stand in the history; give the worker HECATE_GIT_CREDENTIALS_FILE',
  });
