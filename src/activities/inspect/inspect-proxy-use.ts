import { foreignParts, partOf, shownConfig } from '../../domain/debug/config-view.js';
import type { ProxyConfiguration, ProxyInspection, ProxyQuestion } from '../../workflows/contracts/inspection.js';
import { Failure } from '../../ports/failure.js';
import type { Dependencies } from '../dependencies.js';
import { followRequest } from './follow-request.js';

/** Longest configurations in one answer, in characters: Temporal takes 2 MB. */
const LONGEST = 1_500_000;

/** Follows a request through every proxy, or returns their configuration. Writes nothing. */
export async function inspectProxyUse(
  deps: Pick<
    Dependencies,
    'log' | 'proxies' | 'converger' | 'identity' | 'names' | 'publicAddresses' | 'surroundings' | 'now'
  >,
  { domain, request }: ProxyQuestion,
): Promise<ProxyInspection> {
  if (request === undefined) return { diagnoses: [], configurations: await configurations(deps, domain) };
  if (domain === null) throw new Failure('invalid', 'a request has a host');
  const asked = { ...request, host: domain };
  const diagnoses = await Promise.all(deps.proxies.map((proxy) => followRequest(deps, proxy, asked)));
  return { diagnoses, configurations: [] };
}

async function configurations(
  { log, converger }: Pick<Dependencies, 'log' | 'converger'>,
  domain: string | null,
): Promise<ProxyConfiguration[]> {
  const { state } = await log.view();
  const found = await Promise.all(
    (await converger.wanted()).map(async ({ proxy, document }): Promise<ProxyConfiguration> => {
      const [whole, server, { generation }] = await Promise.all([
        proxy.wholeConfig(),
        proxy.configured(),
        proxy.current(),
      ]);
      const wanted: unknown = JSON.parse(JSON.stringify(document.server));
      const part = (from: unknown) => shownConfig(domain === null ? from : partOf(from, domain));
      return {
        ...{ proxy: proxy.name, address: proxy.address },
        generation: generation?.sequence ?? null,
        head: state.head?.sequence ?? 0,
        loaded: part(server),
        wanted: part(wanted),
        foreign: foreignParts(whole),
      };
    }),
  );
  if (found.reduce((sum, { loaded, wanted }) => sum + loaded.length + wanted.length, 0) > LONGEST) {
    throw new Failure('invalid', 'the configuration is too large to be shown whole', {
      hint: 'Name a domain: hecate read config caddy --domain app.example.com',
    });
  }
  return found;
}
