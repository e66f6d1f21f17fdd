import { compileIdentity } from '../../domain/identity/document.js';
import { driftSentence } from '../../domain/drift/drift.js';
import type { IdentityInspection } from '../../workflows/contracts/inspection.js';
import type { Dependencies } from '../dependencies.js';
import { askProtectedHosts } from './ask-protected-hosts.js';

/** Hint for removing drift. */
const REPAIR = 'Hecate repairs what it owns within 5 minutes; at once: hecate update state reconcile';

/** Checks all that sign-in needs, asks every host that requires it, and compares authentik with the log. Writes nothing. */
export async function inspectIdentity({
  identity,
  log,
  proxies,
  now,
}: Pick<Dependencies, 'identity' | 'log' | 'proxies' | 'now'>): Promise<IdentityInspection> {
  if (!identity) return { address: null, checks: [] };
  const { state, logId } = await log.view();
  const asked = { state, logId, provider: identity.address, now: now() };
  const [checks, hosts] = await Promise.all([identity.checks(), askProtectedHosts(asked, proxies)]);
  if (checks.some((check) => !check.passed)) return { address: identity.address, checks: [...checks, ...hosts] };
  const document = compileIdentity(state);
  const drift = await identity.drift(document);
  const detail = drift.length === 0 ? 'authentik matches the log' : `${drift.map(driftSentence).join('; ')}. ${REPAIR}`;
  const host = document.hosts[0]?.host;
  const dry = host === undefined ? [] : [await dryRequest(identity, host)];
  return {
    address: identity.address,
    checks: [...checks, ...dry, ...hosts, { name: 'drift', passed: drift.length === 0, detail }],
  };
}

async function dryRequest(identity: NonNullable<Dependencies['identity']>, host: string) {
  const passed = await identity.serves(host).catch(() => false);
  const detail = passed ? `a visitor of ${host} is asked to sign in` : `a visitor of ${host} is not asked to sign in`;
  return { name: 'dry request', passed, detail };
}
