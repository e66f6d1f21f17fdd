import { ensureServer } from '../../src/stack/servers/ensure-server.js';

/** The Caddy to test with: `HECATE_CADDY_BIN`, else the pinned one. */
export async function caddyBinary(): Promise<string> {
  return process.env['HECATE_CADDY_BIN'] ?? (await ensureServer('caddy', process.env));
}
