import { z } from 'zod';

/** A folder with manifests, or the URL of a repository. It is written to histories, so it may not hold a secret. */
export const repositoryUrl = z
  .string()
  .min(1, 'it is empty')
  .refine((text) => !namesSecret(text), {
    message:
      'a user, password or token in a URL would be stored in the history; leave it out, and set HECATE_GIT_CREDENTIALS_FILE for the worker',
  })
  .refine((text) => !isRepositoryUrl(text) || !text.endsWith('#'), {
    message: 'no branch after the #; leave the # out for the default branch',
  })
  .refine((text) => !hasQuery(text), {
    message:
      'a query in a URL, such as a token, would be stored in the history; leave it out, and set HECATE_GIT_CREDENTIALS_FILE for the worker',
  });

/** Returns true for the URL of a repository, false for a folder. */
export function isRepositoryUrl(text: string): boolean {
  return /^[a-z+]+:\/\/|^[\w.-]+@[\w.-]+:/i.test(text);
}

/** Returns true for an address with a user, password or token. The user of an SSH address is not a secret. */
function namesSecret(text: string): boolean {
  const [, scheme = '', user] = /^\s*([a-z][a-z0-9+.-]*):\/\/([^/]*)@/i.exec(text) ?? [];
  return user !== undefined && (!/ssh$/i.test(scheme) || user.includes(':'));
}

function hasQuery(text: string): boolean {
  return /^\s*(?!file:)[a-z][a-z0-9+.-]*:\/\/[^#]*\?/i.test(text);
}
