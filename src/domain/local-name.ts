const LOCAL = ['localhost', 'local', 'internal', 'home.arpa'];

/** Whether a name means something in this network only, so that no public authority gives it a certificate. */
export function isLocalName(domain: string): boolean {
  return !domain.includes('.') || LOCAL.some((suffix) => domain.endsWith(`.${suffix}`));
}
