import { coversHost } from './hosts.js';
import { isSame, listOf, objectOf, onlyKnown, type Foreign } from './json.js';
import type { Json } from '../data/json.js';
import { isPublicHost } from '../values/network-name.js';

/** Whether an ACME authority issues a host's certificate; otherwise Caddy's own internal one does. */
export function isIssuedByAcme(tls: Json, host: string, foreign: Foreign): boolean {
  if (tls['certificates'] !== undefined) {
    foreign('apps/tls/certificates', 'own certificates are brought with: hecate update route --tls-cert');
  }
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
  return isProvedOtherwise
    ? 'hosts are proved to the authority in a way of its own, as by DNS'
    : 'certificates come from an authority of its own';
}

const ZEROSSL = 'https://acme.zerossl.com/v2/DV90';

/** What Caddy does by itself, with or without somebody's address. */
function isUsualIssuer({ module, email: _, ca = ZEROSSL, ...more }: Json): boolean {
  return module === 'acme' && ca === ZEROSSL && Object.keys(more).length === 0;
}
