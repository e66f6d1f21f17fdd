import type { Finding } from '../dns/finding.js';

/** A finding about a request, and what to do about it. */
export interface Cause extends Finding {
  /** One sentence, with a whole command where there is one; null: nothing is to be done. */
  readonly advice: string | null;
}

/** Every finding of `debug` that is not about names, with what it means. */
export const explanations = {
  ProxyDown: 'Nothing listens where visitors should reach the proxy.',
  AdminDown: 'Hecate cannot read or write the configuration of the proxy.',
  ClockSkew: 'The clock of the proxy differs from that of the worker: certificates, bypasses and sign-in depend on it.',
  NoConfiguration: 'The proxy has no configuration of Hecate, so it serves no route.',
  ForeignConfiguration: 'The proxy serves the configuration of another log.',
  ConfigurationBehind: 'The proxy serves an older commit than the log has.',
  ConfigurationDrift: 'Somebody changed the configuration of the proxy beside Hecate.',
  NoCertificate: 'Without a certificate no HTTPS connection is made.',
  CertificateExpired: 'Browsers refuse a certificate whose time has passed.',
  CertificateNotYetValid: 'Browsers refuse a certificate whose time has not begun; often a clock is wrong.',
  CertificateWrongName: 'Browsers refuse a certificate for another name.',
  CertificateUntrusted: 'Browsers do not know the authority of the certificate.',
  NoRoute: 'The log has no route for this host, so visitors get 404.',
  WrongRoute: 'The proxy answers this host by another route than the log says.',
  UpstreamMissing: 'The upstream of the route does not exist.',
  PolicyMissing: 'The route needs an auth policy that does not exist.',
  NoIdentityProvider: 'The route requires sign-in, but the worker knows no identity provider.',
  IdentityProviderFails: 'Nobody can sign in while the identity provider does not work.',
  GroupMissing: 'A group that the policy allows does not exist in the identity provider: it was renamed or removed.',
  SignInDrift: 'The identity provider is not as the log says.',
  SignInMissing: 'The outpost does not know this host, so it asks nobody to sign in.',
  SignInOpen: 'The route requires sign-in, and yet an answer came without it.',
  Bypassed: 'Everybody gets in without sign-in while a bypass is in force.',
  Maintenance: 'The route answers every request with its maintenance page, as somebody wants it.',
  RedirectedAway: 'Middleware sends every visitor to another address.',
  AddressNotAllowed: 'Middleware refuses the address of the visitor.',
  OtherAddress: 'The real request had another address than the given client, so it met something else.',
  RateLimited: 'Middleware refuses a client that asks too often.',
  BodyTooLarge: 'Middleware refuses a body of this size.',
  PasswordNeeded: 'Middleware asks for a user name and password.',
  SecretMissing: 'A secret that the route needs is missing from Vault, so nobody gets in.',
  UpstreamLoop: 'The upstream is the proxy itself, so requests go round in a circle.',
  UpstreamIsHecate: 'The upstream is a server of Hecate itself.',
  UpstreamRefuses: 'Nothing listens at the address of the upstream: it does not run, or has another port.',
  UpstreamTimeout: 'The upstream accepts the request and does not answer in time.',
  UpstreamNameUnknown: 'The name of the upstream cannot be resolved.',
  UpstreamUnreachable: 'The network does not lead to the upstream.',
  UpstreamSpeaksTLS: 'The upstream expects TLS and is asked by plain HTTP.',
  UpstreamTLSFails: 'The TLS handshake with the upstream fails.',
  UpstreamNotHTTP: 'What listens at the address of the upstream does not speak HTTP.',
  UpstreamAnswerRefused: 'The upstream speaks HTTP, and the proxy refuses its answer because of the headers.',
  UpstreamBreaksOff: 'The upstream speaks HTTP, and ends its answer in the middle.',
  AnswerUnending: 'The answer begins and does not end, and nothing more comes.',
  AnswerUndecodable: 'The body of the answer is not encoded as the answer says, so browsers show an error.',
  UpstreamErrors: 'The upstream itself answers with an error.',
  HealthCheckFails: 'The upstream answers visitors, but its health check fails, so the proxy takes it out.',
  ServerDown: 'One of several servers does not answer; the others do.',
  InFailover: 'The backup upstream answers instead of the upstream.',
  RedirectLoop: 'Visitors are redirected in a circle.',
  RedirectFails: 'Visitors are redirected to a page that answers with an error, or not at all.',
  RedirectUnreachable: 'Visitors are redirected to an address that they probably cannot reach.',
  RequestFailed: 'The request got no good answer.',
  AppRefuses: 'The app itself answers with this status, not the proxy.',
  NotFound: 'The upstream has nothing at this path.',
} as const;

/** Name of a finding of `debug`. */
export type CauseName = keyof typeof explanations;

/** Makes a finding. */
export function cause(
  name: CauseName,
  severity: Cause['severity'],
  { detail, advice = null }: { readonly detail: string; readonly advice?: string | null },
): Cause {
  return { name, severity, explanation: explanations[name], detail, advice };
}
