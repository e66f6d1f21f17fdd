import { all, type State } from '../../domain/log/state.js';
import { hostsOf } from '../../domain/resources/route.js';
import { pairOf, tlsCertificateSettings } from '../../domain/secrets/tls-certificate.js';
import { isWildcard } from '../../domain/values/network/domain-name.js';
import { pairProblem, type Certificates } from '../../ports/certificates.js';
import type { Credential, IssuedSecret, Issuer } from '../../ports/credentials.js';
import type { LogReader } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import type { CertificateRequest, Pki } from '../../ports/pki.js';
import type { Proxy } from '../../ports/proxy.js';

/** Systems of the issuer of certificates. */
export interface CertificateSources {
  readonly log: Pick<LogReader, 'view'>;
  readonly proxies: readonly Proxy[];
  readonly certificates: Certificates;
  readonly pki: Pki;
  /** Time now, ISO 8601 UTC. */
  readonly now: () => string;
}

/** Hosts of one secret whose certificate is asked for at each proxy. */
const MOST_ASKED = 20;

/**
 * Creates the issuer of `tls-certificate`: Vault's PKI issues a pair for the hosts of the routes that use the secret and for the
 * names of the one in force. What the proxies serve follows from the log; the proof is the certificate that a visitor gets.
 */
export function createTlsCertificateIssuer({ log, proxies, certificates, pki, now }: CertificateSources): Issuer {
  const fingerprintOf = ({ value }: Credential) => certificates.read(value['chain'] ?? '')?.fingerprint ?? null;
  /** Returns the first proxy and host where visitors get another certificate, or this one. */
  const seen = async (secret: IssuedSecret, credential: Credential, wanted: 'this' | 'another') => {
    const fingerprint = fingerprintOf(credential);
    const { state } = await log.view();
    const hosts = usesOf(state, secret.name).slice(0, MOST_ASKED);
    const found = await Promise.all(
      proxies.flatMap((proxy) =>
        hosts.map(async ({ host }) => {
          const served = await proxy.certificate(host);
          const isThis = served !== null && served.fingerprint === fingerprint;
          return isThis === (wanted === 'this') ? { proxy, host } : null;
        }),
      ),
    );
    return found.find((one) => one !== null) ?? null;
  };
  const request = async (secret: IssuedSecret, former: Credential | null): Promise<CertificateRequest | null> => {
    const settings = tlsCertificateSettings.parse(secret.settings);
    if (settings.pki === null) return null;
    const { state } = await log.view();
    const facts = former === null ? null : certificates.read(former.value['chain'] ?? '');
    const hosts = usesOf(state, secret.name).map(({ host }) => host);
    const names = [...new Set([...(facts?.names ?? []), ...hosts])];
    // The common name must not be a wildcard in most roles; the other names hold all.
    const [commonName = names[0]] = names.filter((name) => !isWildcard(name));
    if (commonName === undefined) throw noName(secret);
    const ttl = settings.ttl === null ? {} : { ttl: settings.ttl };
    return { pki: settings.pki, commonName, altNames: names.filter((name) => name !== commonName), ...ttl };
  };
  return {
    async preflight(secret) {
      await Promise.all(proxies.map((proxy) => proxy.current()));
      const { state } = await log.view();
      const settings = tlsCertificateSettings.parse(secret.settings);
      const [host] = usesOf(state, secret.name);
      // Without a route the names are known only with the value in force, at the issue.
      if (settings.pki === null || host === undefined) return;
      const asked = await request(secret, null);
      if (asked !== null) await pki.probe(asked);
    },
    async issue(secret, { former }) {
      const asked = await request(secret, former);
      if (asked === null) throw noPki(secret);
      const { chain, key, serial } = await pki.issue(asked);
      const { state } = await log.view();
      const hosts = usesOf(state, secret.name).map(({ host }) => host);
      const problem = pairProblem(certificates, { chain, key }, { hosts, now: now() });
      if (problem === null) return { value: { chain, key, serial, pki: asked.pki }, plain: null };
      await pki.revoke(asked.pki, serial);
      throw new Failure(
        'invalid',
        `the certificate that ${asked.pki} issued for ${secret.name} cannot be used: ${problem}`,
        {
          hint: 'Correct the role of the PKI engine, and rotate the secret again.',
        },
      );
    },
    distribute: () => Promise.resolve(),
    async prove(secret, next) {
      if (pairOf(next.value) === null) throw new Failure('invalid', `the value of ${secret.name} holds no certificate`);
      const other = await seen(secret, next, 'another');
      if (other !== null) {
        const { proxy, host } = other;
        throw new Failure(
          'unavailable',
          `${proxy.name} does not show the new certificate of ${secret.name} for ${host} yet`,
          {
            system: proxy.name,
            hint: 'Run: hecate read health',
          },
        );
      }
      const { state } = await log.view();
      const since = now();
      const consumers = new Set(usesOf(state, secret.name).map(({ domain }) => `route ${domain}`));
      return [...consumers].map((name) => ({ name, since }));
    },
    async revoke(_secret, _edition, credential) {
      const { serial, pki: place } = credential?.value ?? {};
      if (serial !== undefined && place !== undefined) await pki.revoke(place, serial);
    },
    async isAccepted(secret, credential) {
      const { serial, pki: place } = credential.value;
      if (serial !== undefined && place !== undefined && !(await pki.isRevoked(place, serial))) return true;
      return (await seen(secret, credential, 'this')) !== null;
    },
  };
}

interface Use {
  readonly domain: string;
  readonly host: string;
}

function usesOf(state: State, name: string): readonly Use[] {
  return all(state, 'Route')
    .filter(({ value }) => value.tls.secret === name)
    .flatMap(({ value }) => hostsOf(value).map((host) => ({ domain: value.domain, host })));
}

function noPki({ name }: IssuedSecret): Failure {
  return new Failure('invalid', `no PKI is set for ${name}, so a person must bring the new certificate`, {
    hint: `Run: hecate update secret rotate --name ${name} --from-file FILE`,
  });
}

function noName({ name }: IssuedSecret): Failure {
  return new Failure(
    'invalid',
    `no name is known for the certificate of ${name}: no route uses it, and Vault has no value of it`,
    {
      hint: `Use it by a route first: hecate update route --domain DOMAIN --tls-secret ${name}`,
    },
  );
}
