import { GENERATION_ID, type ProxySettings } from '../../domain/caddy/document.js';
import { claimDrift } from '../../domain/drift/claims.js';
import { hostsOfDrift, type ProxyDrift } from '../../domain/drift/hosts.js';
import { isIgnored } from '../../domain/drift/ignored.js';
import { serverDrift } from '../../domain/drift/server.js';
import { redactDifference } from '../../domain/values/redaction.js';
import type { EventLog } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy } from '../../ports/proxy.js';
import { proxyDocument, type DocumentSources } from './proxy-document.js';

const LOOKS = 10;
const PAUSE_MS = 100;

/**
 * Returns the differences between a proxy's configuration and the log; null: the proxy does not answer. Throws
 * `unavailable` when the log or Vault cannot be read. Writes nothing.
 */
export async function proxyDrift(
  deps: DocumentSources & { readonly log: EventLog },
  { proxy, settings }: { readonly proxy: Proxy; readonly settings: ProxySettings },
): Promise<readonly ProxyDrift[] | null> {
  for (let look = 1; ; look++) {
    const [found, { state, logId }] = await Promise.all([configuredOf(proxy), deps.log.view()]);
    if (found === 'silent') return null;
    const document = await proxyDocument(deps, state, { settings, logId });
    const wanted: unknown = JSON.parse(JSON.stringify(document.server));
    const differences = serverDrift(wanted, found ?? undefined);
    // An operation that is converging is not drift: look again.
    const isBehind = differences.some(({ object }) => object === GENERATION_ID);
    if (isBehind && look < LOOKS) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      continue;
    }
    // Two servers of a proxy never listen on one address, so Hecate's own lacks what another one has.
    const mayBeClaimed = differences.some(({ path }) => path === '' || path.startsWith('/listen'));
    const claims = mayBeClaimed ? await proxy.claims() : [];
    const own = differences
      .filter(({ path }) => !isIgnored(path, settings.ignored ?? []))
      .map((one) => redactDifference({ ...one, hosts: hostsOfDrift(one, found) }));
    return [...claims.map(claimDrift), ...own];
  }
}

async function configuredOf(proxy: Proxy) {
  try {
    return await proxy.configured();
  } catch (error) {
    if (error instanceof Failure && error.kind === 'unavailable') return 'silent';
    throw error;
  }
}
