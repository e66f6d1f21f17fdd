// Values that people write: each checked and in one canonical form. Imports data and zod.
import { z } from 'zod';
import { isLabel } from '../name.js';

/**
 * A domain of a route, e.g. `app.example.com` or `*.example.com`. The canonical form is lower-case ASCII; names in other
 * scripts become punycode (IDNA, RFC 5891), and a final dot, which means the root, is left out. Length limits are those of RFC 1035.
 */
export const domainName = z
  .string()
  .overwrite(canonical)
  .superRefine((text, context) => {
    const problem = problemOf(text);
    if (problem)
      context.addIssue({ code: 'custom', message: `${problem}; write it like app.example.com or *.example.com` });
  });

/** Returns true for a wildcard such as `*.example.com`, which matches all names one label below the domain. */
export function isWildcard(domain: string): boolean {
  return domain.startsWith('*.');
}

/** Returns a host that a pattern matches: itself, for a wildcard one with the first label `hecate-probe`, which no route has. */
export function concreteHost(pattern: string): string {
  return pattern.replace(/^\*/, 'hecate-probe');
}

function canonical(text: string): string {
  const lower = text.trim().toLowerCase();
  return (isAscii(lower) ? lower : toPunycode(lower)).replace(/\.$/, '');
}

/** Converts with `URL`; text that it does not accept is returned as it is, and refused later. Not for ASCII: `URL` would decode `%41`. */
function toPunycode(text: string): string {
  const wildcard = text.startsWith('*.') ? '*.' : '';
  const name = text.slice(wildcard.length);
  const plainAscii = [...name].filter(isAscii).join('');
  if (!/^[a-z0-9.-]*$/.test(plainAscii) || !URL.canParse(`http://${name}`)) return text;
  return wildcard + new URL(`http://${name}`).hostname;
}

function problemOf(text: string): string | null {
  if (text.includes('://') || text.includes('/')) return 'a domain has no scheme and no path';
  if (/^\[|:.*:/.test(text) || /(^|\.)(\d+|0x[0-9a-f]*)$/.test(text)) return 'a domain is a name, not an IP address';
  if (text.includes(':')) return 'a domain has no port';
  if (text === GENERATION_HOST) return `${GENERATION_HOST} is reserved for Hecate itself`;
  if (text.length > 253) return 'a domain has at most 253 characters';
  const labels = (text.startsWith('*.') ? text.slice(2) : text).split('.');
  if (labels.some((label) => label.includes('*'))) return 'a wildcard replaces the whole first label, and only that';
  if (labels.some((label) => label.length > 63)) return 'a label has at most 63 characters';
  if (!labels.every((label) => isLabel(label)))
    return 'a domain consists of labels of letters, digits and inner hyphens';
  return null;
}

function isAscii(text: string): boolean {
  return !/\P{ASCII}/u.test(text);
}

/** Host under which a proxy serves its generation. No public domain can have it: `.internal` is reserved for private use. */
export const GENERATION_HOST = 'generation.hecate.internal';
