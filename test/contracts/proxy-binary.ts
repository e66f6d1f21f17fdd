import { ensureServer } from '../../src/stack/servers/ensure-server.js';

/** The Caddy to test with: the one that `hecate up` would start. */
export async function caddyBinary(): Promise<string> {
  return ensureServer('caddy', process.env);
}
