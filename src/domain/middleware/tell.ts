import { headerNameProblem } from '../values/header.js';
import type { MiddlewareKind } from './kind.js';

/** What an upstream can be told of a request, and how Caddy calls it. */
const FACTS = new Map([
  // The address of the connection; `client` has its port as well.
  ['client-ip', '{http.request.remote.host}'],
  ['client', '{http.request.remote}'],
  // What the visitor asked for, without a port.
  ['host', '{http.request.host}'],
  ['scheme', '{http.request.scheme}'],
  // The upstream's own name and port, as it is dialled.
  ['upstream', '{http.reverse_proxy.upstream.hostport}'],
]);

/** The host is a header like others here: many upstreams know themselves only by their own name. */
const FACTS_OF_HOST = ['host', 'upstream'];

/** Tells the upstream a fact of the request in a header that no client can set or take away. */
export const tell: MiddlewareKind = {
  name: 'tell',
  summary: 'Tells the upstream, in a header, who asks or how, or calls it by its own name.',
  form: `tell:X-Real-IP=client-ip or tell:Host=upstream, with ${[...FACTS.keys()].join(', ')}`,
  stage: 'transform',
  read(argument) {
    const [, name = '', fact = ''] = /^([^=]*)=(.*)$/s.exec(argument ?? '')?.map((part) => part.trim()) ?? [];
    const isHost = name.toLowerCase() === 'host';
    const problem = isHost ? null : headerNameProblem(name);
    if (problem !== null) return problem;
    const placeholder = FACTS.get(fact.toLowerCase());
    if (placeholder === undefined) return `a header is told one of ${[...FACTS.keys()].join(', ')}`;
    if (isHost && !FACTS_OF_HOST.includes(fact.toLowerCase())) return 'Host is told host or upstream';
    return {
      argument: `${name}=${fact.toLowerCase()}`,
      identity: name.toLowerCase(),
      told: { name, placeholder },
      handlers: () => [],
    };
  },
};

/** The fact that a placeholder of Caddy's means; undefined: none. */
export function factOf(placeholder: string): string | undefined {
  return [...FACTS].find(([, one]) => one === placeholder)?.[0];
}
