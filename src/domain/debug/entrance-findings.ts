import { nameFindings } from '../dns/findings.js';
import { bringsCertificate } from '../resources/tls.js';
import { isPrivateName } from '../values/network/network-name.js';
import { cause, type Cause } from './cause.js';
import type { Evidence } from './evidence.js';

/** Skew of clocks from which on it is named. Certificates and sign-in allow for less than a minute. */
const NAMED_SKEW_MS = 5_000;

/** Findings about the names of the host. A name without a public certificate may be known to some machines only. */
export function nameSightFindings({ names, publicAddresses, asked, served }: Evidence): Cause[] {
  if (!('seen' in names)) return [];
  const isPrivate = isPrivateName(asked.host) || served?.route.tls.autoHTTPS !== true;
  const found = nameFindings(names.seen, { addresses: publicAddresses, isPrivate, issuance: null });
  const advice = `See what name servers say: hecate read validate dns --domain ${asked.host}`;
  const mayBeLocal = ['NXDOMAIN', 'NoRecords', 'DNSLookupFailed'];
  return found.map((one) => {
    const isMild = one.name === 'DNSLookupFailed' || (isPrivate && mayBeLocal.includes(one.name));
    return { ...one, severity: isMild ? 'info' : one.severity, advice };
  });
}

const START = 'Start Caddy again. In an embedded stack: hecate up';

/** Returns the evidence without what only repeats that the proxy does not answer at all. */
export function withoutEcho(evidence: Evidence): Evidence {
  const { listener, config } = evidence;
  if (!('seen' in listener) || listener.seen.http === null || listener.seen.https === null) return evidence;
  const skipped = { skipped: 'the proxy is down' };
  const isSilent = 'seen' in config && config.seen.problem !== null;
  return {
    ...{ ...evidence, config: isSilent ? skipped : config },
    ...{ certificate: skipped, answeredBy: skipped, answer: skipped },
  };
}

/** Findings about the ports of the proxy. */
export function listenerFindings({ listener, config, proxy }: Evidence): Cause[] {
  if (!('seen' in listener)) return [];
  const { http, https } = listener.seen;
  const problem = http ?? https;
  if (problem === null) return [];
  // With an admin endpoint that answers, Caddy runs, and something else is wrong.
  const advice = 'seen' in config && config.seen.problem === null ? 'Look at: hecate status' : START;
  const both =
    http !== null && https !== null ? 'no connections' : `no ${http === null ? 'HTTPS' : 'HTTP'} connections`;
  const severity = listensOtherwise(config) ? 'warning' : 'error';
  return [cause('ProxyDown', severity, { detail: `${proxy} takes ${both}: ${problem}`, advice })];
}

/** Returns true for a configuration that does not listen where Hecate's does: what does not listen then is no cause, but follows from it. */
function listensOtherwise(config: Evidence['config']): boolean {
  if (!('seen' in config) || config.seen.problem !== null) return false;
  const { state, drift } = config.seen;
  return state === 'none' || state === 'foreign' || drift.some((one) => one.includes('(/listen'));
}

/** Findings about the clock of the proxy. */
export function clockFindings({ clockSkewMs, proxy }: Evidence): Cause[] {
  if (clockSkewMs === null || clockSkewMs < NAMED_SKEW_MS) return [];
  const detail = `the clock of ${proxy} differs by ${Math.round(clockSkewMs / 1_000)} s from that of the worker`;
  const advice = 'Set both by NTP, for example with: timedatectl set-ntp true';
  return [cause('ClockSkew', 'error', { detail, advice })];
}

/** Findings about Hecate's configuration in the proxy. */
export function configFindings({ config, proxy }: Evidence): Cause[] {
  if (!('seen' in config)) return [];
  const { problem, state, detail, drift, advice: way } = config.seen;
  if (problem !== null) return [cause('AdminDown', 'error', { detail: problem, advice: START })];
  const advice = way ?? 'Write it again: hecate update state reconcile';
  const why = detail === '' ? '' : `: ${detail}`;
  switch (state) {
    case 'none':
      return [cause('NoConfiguration', 'error', { detail: `${proxy} has no configuration of Hecate${why}`, advice })];
    case 'foreign':
      return [
        cause('ForeignConfiguration', 'error', {
          ...{ detail, advice: way ?? 'See what a person has to do: hecate status' },
        }),
      ];
    case 'older':
      return [cause('ConfigurationBehind', 'error', { detail, advice })];
    case 'current':
      return drift.length === 0
        ? []
        : [
            cause('ConfigurationDrift', 'error', {
              detail: `the configuration of ${proxy} differs from the log: ${drift.join('; ')}`,
              advice: `See it whole: hecate read config caddy. ${advice}`,
            }),
          ];
  }
}

/** Findings about the certificate that visitors get. */
export function certificateFindings({ certificate, asked, now, proxy, served }: Evidence): Cause[] {
  if (!('seen' in certificate)) return [];
  const domain = served?.route.domain ?? asked.host;
  const brings = served !== null && bringsCertificate(served.route.tls);
  const replaced = served?.route.tls.secret;
  const replace =
    replaced !== undefined
      ? `Replace it: hecate update secret rotate --name ${replaced}`
      : `Replace it: hecate update route --domain ${domain} --tls-cert FILE --tls-key FILE`;
  const reissue = 'Caddy issues it by itself; the reason is in: hecate logs caddy';
  const { seen } = certificate;
  if (seen === null) {
    const detail = `${proxy} presents no certificate for ${asked.host}`;
    return served === null
      ? [cause('NoCertificate', 'info', { detail })]
      : [cause('NoCertificate', 'error', { detail, advice: brings ? replace : reissue })];
  }
  const { issuer, notBefore, notAfter, coversHost, untrusted } = seen;
  const fails = (name: 'CertificateExpired' | 'CertificateNotYetValid' | 'CertificateWrongName', why: string) => [
    cause(name, 'error', { detail: `the certificate by ${issuer} ${why}`, advice: brings ? replace : reissue }),
  ];
  if (notAfter <= now) return fails('CertificateExpired', `expired at ${notAfter}`);
  if (notBefore > now) return fails('CertificateNotYetValid', `is not valid before ${notBefore}`);
  if (!coversHost) return fails('CertificateWrongName', `is not for ${asked.host}`);
  if (untrusted === null) return [];
  const isExpected = !brings && (served?.route.tls.autoHTTPS !== true || isPrivateName(asked.host));
  const detail = `browsers do not accept the certificate by ${issuer}: ${untrusted}`;
  if (isExpected) return [cause('CertificateUntrusted', 'info', { detail })];
  return [cause('CertificateUntrusted', 'warning', { detail, advice: brings ? replace : reissue })];
}
