import { z } from 'zod';

/** Where manifests are: a folder or the URL of a repository. It stands in histories, so nothing secret may be in it. */
export const repositoryUrl = z
  .string()
  .min(1, 'it is empty')
  .refine((text) => !namesSecret(text), {
    message:
      'a user, password or token in a URL would stand in the history; give the worker HECATE_GIT_CREDENTIALS_FILE',
  })
  .refine((text) => !isRepositoryUrl(text) || !text.endsWith('#'), {
    message: 'nothing stands behind the #; leave both out for the default branch',
  })
  .refine((text) => !hasQuery(text), {
    message:
      'a query in a URL, such as a token, would stand in the history; leave it out, and give the worker HECATE_GIT_CREDENTIALS_FILE',
  });

/** Whether it is the address of a repository, and no folder. */
export function isRepositoryUrl(text: string): boolean {
  return /^[a-z+]+:\/\/|^[\w.-]+@[\w.-]+:/i.test(text);
}

/** A user, a password or a token in an address; SSH names a user and no secret. */
function namesSecret(text: string): boolean {
  const [, scheme = '', user] = /^\s*([a-z][a-z0-9+.-]*):\/\/([^/]*)@/i.exec(text) ?? [];
  return user !== undefined && (!/ssh$/i.test(scheme) || user.includes(':'));
}

function hasQuery(text: string): boolean {
  return /^\s*(?!file:)[a-z][a-z0-9+.-]*:\/\/[^#]*\?/i.test(text);
}

/** A text with addresses as it may be shown: who and what they name to be let in is not said. */
export function masked(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s]*@/gi, '$1***@')
    .replace(/((?<!\bfile):\/\/[^\s?#']*)\?[^\s#']*/gi, '$1?***');
}

/** The same without a trace of them. */
export function withoutCredentials(text: string): string {
  return masked(text).replaceAll('://***@', '://').replaceAll('?***', '');
}
