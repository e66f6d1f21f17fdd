import { ensureServer } from '../src/stack/servers/ensure-server.js';

/** Has Caddy ready before any test's time runs: building it for the first time takes minutes. */
export default async function ensureCaddy(): Promise<void> {
  await ensureServer('caddy', process.env, (line) => process.stderr.write(`${line}\n`));
}
