import { isObject } from '../../domain/data/json.js';
import { readFileSync, statSync } from 'node:fs';
import { createAdminClient } from '../../adapters/caddy/admin-client.js';
import { Failure } from '../../ports/failure.js';
import { loadConnections } from '../../stack/load-connections.js';
import { fileProblem } from '../../adapters/files/secret-file.js';
import { adaptedCaddyfile } from './adapted-caddyfile.js';

/**
 * Returns a Caddy configuration as JSON: from an admin address, a `.json` file or a Caddyfile, by default from the Caddy
 * that Hecate uses. Null: that Caddy has none.
 */
export async function caddyConfig(from: string | undefined): Promise<unknown> {
  if (from === undefined) return fromAdmin(usedCaddy());
  const address = addressOf(from);
  if (address !== null) return fromAdmin(address);
  const text = textOf(from);
  return configIn(/\.json$/i.test(from) ? text : await adaptedCaddyfile(from, text), from);
}

function usedCaddy(): string {
  const admin = loadConnections(process.env)?.caddy[0]?.admin;
  if (admin !== undefined) return admin;
  throw new Failure('invalid', 'no Caddy is configured here', {
    hint: 'Add --from ADMIN_URL, a JSON file or a Caddyfile.',
  });
}

/** The admin address that a text is, without the path at which it shows its configuration; null: it names a file. */
function addressOf(text: string): string | null {
  if (text.startsWith('unix/')) return text;
  const isUrl = /^https?:\/\//i.test(text);
  if (!isUrl && !/^[a-z0-9.-]+:\d+$/i.test(text)) return null;
  const url = isUrl ? text : `http://${text}`;
  if (!URL.canParse(url) || !/^\/(config\/?)?$/.test(new URL(url).pathname)) {
    throw new Failure('invalid', `${text} is not the address of an admin endpoint of Caddy`, { hint: ADMIN_HINT });
  }
  return new URL(url).origin;
}

const ADMIN_HINT = 'Give the admin address of Caddy, such as localhost:2019 or unix//run/caddy/admin.sock.';

async function fromAdmin(address: string): Promise<unknown> {
  const { status, body } = await createAdminClient('caddy', address)
    .read('/config/')
    .catch((error: unknown) => {
      throw error instanceof Failure
        ? new Failure(error.kind, error.message, { hint: ADMIN_HINT, cause: error })
        : error;
    });
  if (status === 200) return configIn(body, address);
  const message = `caddy at ${address} did not return its configuration (status ${status})`;
  // Caddy's admin endpoint needs no credentials: a refusal means another server, or a host name that Caddy does not accept.
  throw new Failure(status >= 500 ? 'unavailable' : 'invalid', message, { hint: ADMIN_HINT });
}

const LARGEST_BYTES = 64 << 20;

function textOf(file: string): string {
  try {
    const { size } = statSync(file);
    if (size <= LARGEST_BYTES) return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure('missing', `cannot read --from ${file}: ${fileProblem(error)}`, {
      hint: 'Give an admin address, a JSON file or a Caddyfile.',
    });
  }
  throw new Failure('invalid', `${file} is larger than 64 MiB, too large for a configuration`);
}

/** Top-level keys of a Caddy configuration. */
const FIELDS = ['admin', 'logging', 'storage', 'apps', '@id'];

function configIn(text: string, where: string): unknown {
  const config = parsed(text, where);
  if (config === null) return null;
  const problem = problemOf(config);
  if (problem === null) return config;
  throw new Failure('invalid', `${where} is not a configuration of Caddy: ${problem}`);
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Binary content must not reach the terminal.
    const message = (error as Error).message.replace(/[^\x20-\x7e]+/g, '?');
    throw new Failure('invalid', `${where} is not JSON: ${message}`);
  }
}

function problemOf(config: unknown): string | null {
  if (!isObject(config)) return 'it is not a JSON object';
  const unknown = Object.keys(config).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) return `Caddy has no top-level key ${JSON.stringify(unknown)}`;
  const { apps = {} } = config;
  const { http = {} } = isObject(apps) ? apps : {};
  const { servers = {} } = isObject(http) ? http : {};
  const odd = Object.entries({ apps, 'apps/http': http, 'apps/http/servers': servers }).find(
    ([, one]) => !isObject(one),
  );
  return odd === undefined ? null : `${odd[0]} is not a JSON object`;
}
