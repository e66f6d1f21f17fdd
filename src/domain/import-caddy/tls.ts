import { coversHost } from './hosts.js';
import { isSame, listOf, objectOf, onlyKnown, type Foreign } from './json.js';
import type { Json } from '../data/json.js';
import { nameOtherCertificates } from './loaded-certificates.js';
import { isPublicHost } from '../values/network/network-name.js';

/** Returns true when an ACME authority issues a host's certificate, false for Caddy's internal authority. */
export function isIssuedByAcme(tls: Json, host: string, foreign: Foreign): boolean {
  nameOtherCertificates(objectOf(tls['certificates']), foreign);
  const policies = listOf(objectOf(tls['automation'])['policies']).map(objectOf);
  const index = policies.findIndex((policy) => isFor(policy, host));
  const policy = policies[index];
  if (policy === undefined) return isPublicHost(host);
  const path = `apps/tls/automation/policies/${index}`;
  onlyKnown(policy, ['subjects', 'issuers'], { path, foreign });
  const issuers = listOf(policy['issuers']).map(objectOf);
  if (issuers.length === 0) return isPublicHost(host);
  if (isSame(issuers, [{ module: 'internal' }])) return false;
  if (!issuers.every(isUsualIssuer)) foreign(`${path}/issuers`, unusual(issuers));
  return isPublicHost(host);
}

function isFor({ subjects }: Json, host: string): boolean {
  return subjects === undefined || listOf(subjects).some((subject) => coversHost(String(subject), host));
}

function unusual(issuers: readonly Json[]): string {
  const isProvedOtherwise = issuers.some(({ challenges }) => challenges !== undefined);
  return isProvedOtherwise ? 'it uses its own ACME challenges, such as DNS' : 'it uses another certificate authority';
}

const ZEROSSL = 'https://acme.zerossl.com/v2/DV90';

/** Caddy's default issuers, with or without an email address. */
function isUsualIssuer({ module, email: _, ca = ZEROSSL, ...more }: Json): boolean {
  return module === 'acme' && ca === ZEROSSL && Object.keys(more).length === 0;
}
