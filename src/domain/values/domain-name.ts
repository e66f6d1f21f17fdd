import { z } from 'zod';
import { isLabel } from './name.js';

/**
 * A host that a route serves, e.g. `app.example.com` or `*.example.com`; canonical text is lower-case ASCII
 * (IDNA names become punycode, RFC 5891). Length limits are those of RFC 1035.
 */
export const domainName = z
  .string()
  .overwrite(canonical)
  .superRefine((text, context) => {
    const problem = problemOf(text);
    if (problem)
      context.addIssue({ code: 'custom', message: `${problem}; right is e.g. app.example.com or *.example.com` });
  });

/** Whether a domain stands for all names one label below it: `*.example.com`. */
export function isWildcard(domain: string): boolean {
  return domain.startsWith('*.');
}

function canonical(text: string): string {
  const lower = text.trim().toLowerCase();
  return isAscii(lower) ? lower : toPunycode(lower);
}

/** What `URL` does not take stays as it is, for the check to refuse. ASCII is not given to it: it would decode `%41`. */
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
  if (labels.some((label) => label.includes('*'))) return 'a wildcard is the whole first label and nothing else';
  if (labels.some((label) => label.length > 63)) return 'a label has at most 63 characters';
  if (!labels.every((label) => isLabel(label)))
    return 'a domain consists of labels of letters, digits and inner hyphens';
  return null;
}

function isAscii(text: string): boolean {
  return !/\P{ASCII}/u.test(text);
}

/** Host that serves the generation; `.internal` is reserved for private use, so no real domain has it. */
export const GENERATION_HOST = 'generation.hecate.internal';
