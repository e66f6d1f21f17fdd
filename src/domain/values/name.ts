import { z } from 'zod';

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** Returns true for a label of a host name (RFC 1123): 1–63 of a–z, 0–9 and inner hyphens. */
export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

/** Returns true for a name of a resource: a label other than `none`, which flags use for "no resource". */
export function isResourceName(text: string): boolean {
  return isLabel(text) && text !== 'none';
}

/** Returns the schema of names of one kind of resource; `what` begins the message, such as `a secret name`. */
export function resourceName(what: string) {
  return z.string().refine(isResourceName, `${what} is 1–63 of a–z, 0–9 and inner hyphens, not “none”`);
}

/** Name of a secret. */
export const secretName = resourceName('a secret name');
