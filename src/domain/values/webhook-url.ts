import { z } from 'zod';
import { canonicalRange } from './ip-range.js';
import { isPublicHost } from './network-name.js';

const LONGEST_URL = 2_048;

/** URL of a webhook. The history keeps it, so it may not hold a secret. Plain HTTP is for private networks only. */
export const webhookUrl = z
  .string()
  .max(LONGEST_URL, `it is longer than ${LONGEST_URL} characters`)
  .superRefine((text, context) => {
    const problem = urlProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

function urlProblem(text: string): string | null {
  if (!/^https?:\/\//i.test(text) || /[\s\p{Cc}]/u.test(text) || !URL.canParse(text))
    return 'give a URL such as https://billing.example.com/hooks/hecate';
  const { username, password, search, hash, hostname, protocol } = new URL(text);
  if (username !== '' || password !== '')
    return 'a user or password in a URL would be stored in the history; leave it out: the signature shows that Hecate sent it';
  if (search !== '' || hash !== '' || /[?#]/.test(text))
    return 'a query, such as a token, would be stored in the history; leave out what follows the ? or #';
  if (isLinkLocal(hostname.replace(/^\[|\]$/g, '')))
    return `${hostname} is a link-local address, where clouds serve the credentials of a machine; give another one`;
  if (protocol === 'http:' && isPublicHost(hostname))
    return 'plain HTTP is for private networks only; give an https URL';
  return null;
}

/** Metadata services of clouds outside the link-local ranges: AWS by IPv6, Alibaba Cloud, Oracle Cloud. */
const METADATA_SERVICES = ['fd00:ec2::254', '100.100.100.200', '192.0.0.192'];

/** Returns true for an IP address at which only this machine's own network part answers, and for metadata services of clouds. */
export function isLinkLocal(address: string): boolean {
  const plain = canonicalRange(address.split('%', 1)[0] ?? '') ?? '';
  return /^169\.254\./.test(plain) || /^fe[89ab][0-9a-f]:/.test(plain) || METADATA_SERVICES.includes(plain);
}
