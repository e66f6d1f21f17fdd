import { isCloudflare, isIn, isReserved } from './addresses.js';
import { caaFindings, type Issuance } from './caa.js';
import { severities, type Finding } from './finding.js';
import { addressesIn, recordsIn, type NameRecords, type NameView } from './records.js';

/** What a name is compared with. */
export interface Expected {
  /** Public addresses or ranges of the proxy; null: not known. */
  readonly addresses: readonly string[] | null;
  /** Names of private networks may have reserved addresses, and no public certificate. */
  readonly isPrivate: boolean;
  /** Who is to issue its certificate; null: no public authority. */
  readonly issuance: Issuance | null;
}

/** The result of connecting to an address; null: it accepted the connection. */
export type Connecting = ReadonlyMap<string, string | null>;

/** Returns what the records of a name mean, the gravest first. */
export function nameFindings(records: NameRecords, expected: Expected, connecting: Connecting = new Map()): Finding[] {
  const answering = records.views.filter((view) => !isSilent(view));
  const findings =
    answering.length === 0
      ? records.views.slice(0, 1).map((view) => lookupFailed(records, view))
      : [
          ...existence(records.asked, answering),
          ...dnssec(records.views),
          ...disagreement(answering),
          ...addressFindings(addressesOf(records), expected),
          ...connectionFindings(connecting),
          ...(expected.issuance === null ? [] : caaFindings(records, expected.issuance)),
        ];
  return findings.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

/** Returns every address that some name server gives for the name. */
export function addressesOf({ views }: NameRecords): string[] {
  return [...new Set(views.flatMap(addressesIn))].toSorted();
}

function isSilent({ a, aaaa }: NameView): boolean {
  return a.kind === 'failed' && aaaa.kind === 'failed';
}

function existence(asked: string, views: readonly NameView[]): Finding[] {
  if (views.some((view) => addressesIn(view).length > 0)) return [];
  if (views.every(({ a, aaaa }) => a.kind === 'unknown' || aaaa.kind === 'unknown')) return [notFound(asked)];
  const aliases = [...new Set(views.flatMap(({ cname }) => recordsIn(cname)))];
  const alias =
    circleIn(views) ?? (aliases.length === 0 ? '' : `; it is an alias of ${aliases.join(', ')}, which has none`);
  return [
    {
      name: 'NoRecords',
      severity: 'error',
      explanation: 'A name without an A or AAAA record leads nowhere: neither visitors nor authorities find the proxy.',
      detail: `${asked} has neither an A nor an AAAA record${alias}`,
    },
  ];
}

function circleIn(views: readonly NameView[]): string | null {
  const circle = views.find((view) => view.circle !== undefined)?.circle;
  return circle === undefined ? null : `; its aliases go in a circle: ${circle.join(' → ')}`;
}

function notFound(asked: string): Finding {
  return {
    name: 'NXDOMAIN',
    severity: 'error',
    explanation: 'The name does not exist in the domain name system.',
    detail: `no name server knows ${asked}; create an A or AAAA record for it`,
  };
}

function lookupFailed({ asked, views }: NameRecords, { server, a }: NameView): Finding {
  const why = a.kind === 'failed' ? a.detail : 'no answer';
  return {
    name: 'DNSLookupFailed',
    severity: 'error',
    explanation: 'Each name server was silent or gave an error, so no address of the name is known.',
    detail: `${asked} could not be looked up at ${server}: ${why}${circleIn(views) ?? ''}`,
  };
}

/** A resolver that validates answers SERVFAIL for a name whose signatures are wrong, while its own servers answer. */
function dnssec(views: readonly NameView[]): Finding[] {
  const isAnswered = views.some((view) => view.isAuthoritative && addressesIn(view).length > 0);
  const failing = views.filter(
    (view) => !view.isAuthoritative && view.a.kind === 'failed' && view.a.detail.includes('SERVFAIL'),
  );
  if (!isAnswered || failing.length === 0) return [];
  return [
    {
      name: 'DNSSECFailure',
      severity: 'error',
      explanation:
        'Resolvers that validate DNSSEC refuse the name although its own name servers answer: its signatures are probably wrong.',
      detail: `${failing.map(({ server }) => server).join(', ')} answered SERVFAIL`,
    },
  ];
}

function disagreement(views: readonly NameView[]): Finding[] {
  const texts = views.map((view) => addressesIn(view).join(', ') || 'nothing');
  if (new Set(texts).size < 2) return [];
  return [
    {
      name: 'InconsistentResolvers',
      severity: 'warning',
      explanation:
        'Name servers give different addresses: a change is still on its way, or somebody answers otherwise.',
      detail: views.map(({ server }, index) => `${server}: ${texts[index] ?? ''}`).join('; '),
    },
  ];
}

function addressFindings(all: readonly string[], { addresses, isPrivate }: Expected): Finding[] {
  const reserved = isPrivate ? [] : all.filter(isReserved);
  const isOwn = (one: string) => isIn(one, addresses ?? []);
  const [own, foreign] = [reserved.filter(isOwn), reserved.filter((one) => !isOwn(one))];
  const isOnly = reserved.length === all.length && own.length === 0;
  return [
    ...(foreign.length === 0 ? [] : [reservedAddress(foreign, isOnly ? 'error' : 'warning')]),
    // In a private network the proxy has such an address.
    ...(own.length === 0 ? [] : [reservedAddress(own, 'info')]),
    ...(addresses === null ? [] : elsewhere(all, addresses)),
  ];
}

function reservedAddress(reserved: readonly string[], severity: Finding['severity']): Finding {
  return {
    name: 'ReservedAddress',
    severity,
    explanation:
      'The internet has no way to a reserved address, so neither visitors from outside nor authorities reach it.',
    detail: `${reserved.join(', ')} is reserved${severity === 'info' ? ', and an address of this proxy' : ''}`,
  };
}

function elsewhere(all: readonly string[], own: readonly string[]): Finding[] {
  const foreign = all.filter((one) => !isIn(one, own));
  if (foreign.length === 0) return [];
  if (foreign.every(isCloudflare)) return [cloudflare(foreign)];
  const detail = `${foreign.join(', ')} is not an address of this proxy, which has ${own.join(', ')}`;
  if (foreign.length === all.length) {
    return [
      {
        name: 'WrongAddress',
        severity: 'error',
        explanation: 'The name leads to another machine, so its visitors never reach this proxy.',
        detail,
      },
    ];
  }
  const isOnlyV6 = foreign.every((one) => one.includes(':'));
  return [
    {
      name: 'MultipleIPAddressDiscrepancy',
      severity: 'error',
      explanation: 'Only some addresses of the name lead to this proxy. Authorities and most visitors prefer IPv6.',
      detail: isOnlyV6 ? `the AAAA record is wrong: ${detail}` : detail,
    },
  ];
}

function cloudflare(addresses: readonly string[]): Finding {
  return {
    name: 'CloudflareCDN',
    severity: 'warning',
    explanation:
      'The name leads to Cloudflare, which sends requests on to the address set there. Certificates by the TLS-ALPN challenge fail; tell Caddy to trust its ranges: HECATE_TRUSTED_PROXIES.',
    detail: `${addresses.join(', ')} belongs to Cloudflare`,
  };
}

function connectionFindings(connecting: Connecting): Finding[] {
  return [...connecting].flatMap(([address, problem]) => {
    if (problem === null) return [];
    const [name, kind] = address.includes(':') ? ['AAAANotWorking', 'IPv6'] : ['ANotWorking', 'IPv4'];
    return [
      {
        name,
        severity: 'warning' as const,
        explanation: `This machine cannot connect to an ${kind} address of the name. Where a router does not lead back inside, that says nothing about visitors.`,
        detail: `${address}: ${problem}`,
      },
    ];
  });
}
