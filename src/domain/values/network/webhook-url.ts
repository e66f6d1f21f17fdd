import { z } from 'zod';
import { addressesIn } from './embedded-address.js';
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

/** Metadata services of clouds outside the link-local ranges. */
const METADATA_SERVICES = [
  // AWS and Google Cloud by IPv6.
  ...['fd00:ec2::254', 'fd20:ce::254'],
  // Alibaba Cloud, Oracle Cloud, and the WireServer of Azure.
  ...['100.100.100.200', '192.0.0.192', '168.63.129.16'],
];

/**
 * Returns true for an IP address at which only this machine's own network part answers, and for metadata services of clouds.
 * An IPv6 address that contains such an IPv4 address counts too.
 */
export function isLinkLocal(address: string): boolean {
  return addressesIn(address).some(
    (one) => /^169\.254\./.test(one) || /^fe[89ab][0-9a-f]:/.test(one) || METADATA_SERVICES.includes(one),
  );
}
