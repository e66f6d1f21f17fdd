import { headerNameProblem } from '../values/header.js';
import type { MiddlewareKind } from './kind.js';
import { SCHEME_VARIABLE } from './visitor.js';

/** Facts about a request that an upstream can get, each with Caddy's placeholder. */
const FACTS = new Map([
  // The visitor's address.
  ['client-ip', '{http.vars.client_ip}'],
  // The address and port of the connection, which behind another proxy are that proxy's.
  ['client', '{http.request.remote}'],
  // The host of the request, without a port.
  ['host', '{http.request.host}'],
  // The visitor's scheme.
  ['scheme', `{http.vars.${SCHEME_VARIABLE}}`],
  // The dialled host and port of the upstream.
  ['upstream', '{http.reverse_proxy.upstream.hostport}'],
]);

/** Facts that may be sent as `Host`: many upstreams accept only their own name. */
const FACTS_OF_HOST = ['host', 'upstream'];

/** Sends a fact about the request to the upstream, in a header that no client can set or remove. */
export const tell: MiddlewareKind = {
  name: 'tell',
  summary: 'Sends a fact about the request to the upstream in a header, such as the client’s address.',
  form: `tell:X-Real-IP=client-ip or tell:Host=upstream, with ${[...FACTS.keys()].join(', ')}`,
  stage: 'transform',
  losses: null,
  read(argument) {
    const [, name = '', fact = ''] = /^([^=]*)=(.*)$/s.exec(argument ?? '')?.map((part) => part.trim()) ?? [];
    const isHost = name.toLowerCase() === 'host';
    const problem = isHost ? null : headerNameProblem(name);
    if (problem !== null) return problem;
    const placeholder = FACTS.get(fact.toLowerCase());
    if (placeholder === undefined) return `the value is one of ${[...FACTS.keys()].join(', ')}`;
    if (isHost && !FACTS_OF_HOST.includes(fact.toLowerCase())) return 'the value of Host is host or upstream';
    return {
      argument: `${name}=${fact.toLowerCase()}`,
      identity: name.toLowerCase(),
      replaces: name.toLowerCase(),
      requestHeader: { name, value: placeholder, winsOverHeaders: true },
      handlers: () => [],
    };
  },
};

/** Placeholders of Caddyfiles that mean the same as a fact where no proxy is trusted. */
const SYNONYMS = new Map([
  ['{http.request.remote.host}', 'client-ip'],
  ['{http.request.scheme}', 'scheme'],
]);

/** The fact of a Caddy placeholder; undefined: none. */
export function factOf(placeholder: string): string | undefined {
  return SYNONYMS.get(placeholder) ?? [...FACTS].find(([, one]) => one === placeholder)?.[0];
}
