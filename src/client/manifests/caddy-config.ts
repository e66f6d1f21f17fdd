import { isObject } from '../../domain/data/json.js';
import { readFileSync, statSync } from 'node:fs';
import { createAdminClient } from '../../adapters/caddy/admin-client.js';
import { Failure } from '../../ports/failure.js';
import { loadConnections } from '../../stack/load-connections.js';
import { adaptedCaddyfile } from './adapted-caddyfile.js';

/**
 * A Caddy configuration as JSON: of a running server by its admin address, of a `.json` file, or of a Caddyfile, as Caddy
 * itself reads it. Left out: of the Caddy that Hecate uses. Null: that Caddy has none.
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
  throw new Failure('invalid', 'there is no Caddy here', { hint: 'Add --from ADMIN_URL, a JSON file or a Caddyfile.' });
}

/** The admin address that a text is, without the path at which it shows its configuration; null: it names a file. */
function addressOf(text: string): string | null {
  if (text.startsWith('unix/')) return text;
  const isUrl = /^https?:\/\//i.test(text);
  if (!isUrl && !/^[a-z0-9.-]+:\d+$/i.test(text)) return null;
  const url = isUrl ? text : `http://${text}`;
  if (!URL.canParse(url) || !/^\/(config\/?)?$/.test(new URL(url).pathname)) {
    throw new Failure('invalid', `${text} is no address of Caddy's admin endpoint`, { hint: ADMIN_HINT });
  }
  return new URL(url).origin;
}

const ADMIN_HINT =
  'Give the address where Caddy is administered, such as localhost:2019 or unix//run/caddy/admin.sock.';

async function fromAdmin(address: string): Promise<unknown> {
  const { status, body } = await createAdminClient('caddy', address)
    .read('/config/')
    .catch((error: unknown) => {
      throw error instanceof Failure
        ? new Failure(error.kind, error.message, { hint: ADMIN_HINT, cause: error })
        : error;
    });
  if (status === 200) return configIn(body, address);
  const message = `caddy at ${address} does not show its configuration (${status})`;
  // Caddy knows no credentials: whatever else answers is no admin endpoint, or not by this name.
  throw new Failure(status >= 500 ? 'unavailable' : 'invalid', message, { hint: ADMIN_HINT });
}

const LARGEST_BYTES = 64 << 20;

function textOf(file: string): string {
  try {
    const { size } = statSync(file);
    if (size <= LARGEST_BYTES) return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure('missing', `${file} cannot be read (${code})`, {
      hint: 'Give an admin address, a JSON file or a Caddyfile.',
    });
  }
  throw new Failure('invalid', `${file} is larger than 64 MiB, which no configuration is`);
}

/** What a configuration of Caddy's may have. */
const FIELDS = ['admin', 'logging', 'storage', 'apps', '@id'];

function configIn(text: string, where: string): unknown {
  const config = parsed(text, where);
  if (config === null) return null;
  const problem = problemOf(config);
  if (problem === null) return config;
  throw new Failure('invalid', `${where} is no configuration of Caddy: ${problem}`);
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // What is not text at all would end on the terminal.
    const message = (error as Error).message.replace(/[^\x20-\x7e]+/g, '?');
    throw new Failure('invalid', `${where} is not JSON: ${message}`);
  }
}

function problemOf(config: unknown): string | null {
  if (!isObject(config)) return 'it is no JSON object';
  const unknown = Object.keys(config).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) return `Caddy knows no ${JSON.stringify(unknown)} there`;
  const { apps = {} } = config;
  const { http = {} } = isObject(apps) ? apps : {};
  const { servers = {} } = isObject(http) ? http : {};
  const odd = Object.entries({ apps, 'apps/http': http, 'apps/http/servers': servers }).find(
    ([, one]) => !isObject(one),
  );
  return odd === undefined ? null : `${odd[0]} is no JSON object`;
}
