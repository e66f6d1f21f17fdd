import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { createAdminClient } from '../../adapters/caddy/admin-client.js';
import { Failure } from '../../ports/failure.js';
import { loadConnections } from '../../stack/load-connections.js';
import { ensureServer } from '../../stack/servers/ensure-server.js';

/**
 * A Caddy configuration as JSON: of a running server by its admin address, of a `.json` file, or of a Caddyfile, as Caddy
 * itself reads it. Left out: of the Caddy that Hecate uses.
 */
export async function caddyConfig(from: string | undefined): Promise<unknown> {
  const address = from === undefined ? usedCaddy() : addressOf(from);
  if (address !== null) return fromAdmin(address);
  const file = from ?? '';
  const text = textOf(file);
  return parsed(file.endsWith('.json') ? text : await adapted(file), file);
}

function usedCaddy(): string {
  const admin = loadConnections(process.env)?.caddy[0]?.admin;
  if (admin !== undefined) return admin;
  throw new Failure('invalid', 'there is no Caddy here', { hint: 'Add --from ADMIN_URL, a JSON file or a Caddyfile.' });
}

/** The admin address that a text is; null: it names a file. */
function addressOf(text: string): string | null {
  return /^(https?:\/\/|unix\/)|^[a-z0-9.-]+:\d+$/i.test(text) ? text : null;
}

async function fromAdmin(address: string): Promise<unknown> {
  const { status, body } = await createAdminClient('caddy', address).read('/config/');
  if (status === 200) return parsed(body, address);
  throw new Failure('denied', `caddy at ${address} does not show its configuration (${status})`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure('missing', `${file} cannot be read (${code})`, {
      hint: 'Give an admin address, a JSON file or a Caddyfile.',
    });
  }
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure('invalid', `${where} is not JSON: ${(error as Error).message}`);
  }
}

const LARGEST_CONFIG = 256 << 20;

/** What Caddy makes of a Caddyfile. */
async function adapted(file: string): Promise<string> {
  const caddy = await ensureServer('caddy', process.env, (line) => process.stderr.write(`${line}\n`));
  return new Promise((resolve, reject) => {
    const words = ['adapt', '--adapter', 'caddyfile', '--config', file];
    execFile(caddy, words, { maxBuffer: LARGEST_CONFIG }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      reject(new Failure('invalid', `${basename(file)} is no Caddyfile that Caddy reads: ${lastWords(stderr)}`));
    });
  });
}

/** Caddy says it as text or as a line of JSON. */
function lastWords(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  return /"msg":"((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? line;
}
