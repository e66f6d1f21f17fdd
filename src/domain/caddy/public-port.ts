/** Ports that redirects to HTTPS depend on. */
export interface PublicPorts {
  /** Port on which Caddy serves plain HTTP. */
  readonly httpPort: number;
  /** Port on which visitors reach HTTPS; absent: 443. Caddy may serve it on another one. */
  readonly publicHttpsPort?: number;
}

/** The port of HTTPS. */
export const USUAL_HTTPS_PORT = 443;

/** Returns the port of an https URL with its colon; empty for the usual one. */
export function portSuffix(httpsPort: number = USUAL_HTTPS_PORT): string {
  return httpsPort === USUAL_HTTPS_PORT ? '' : `:${httpsPort}`;
}
