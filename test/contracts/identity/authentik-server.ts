import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStandIn } from '../../../src/authentik-stand-in/stand-in.js';

type Json = Record<string, unknown>;

/** An authentik to test with: the one that the environment names, else a stand-in of our own. */
export interface TestAuthentik {
  readonly url: string;
  /** Of the account that Hecate uses. */
  readonly tokenFile: string;
  readonly isStandIn: boolean;
  /** How many calls of the API there were so far; 0 for a real server. */
  calls(): number;
  /** Asks the API as an administrator; throws on any status but 2xx, and answers null to 404. */
  admin<T = Json>(method: string, path: string, body?: unknown): Promise<T>;
  stop(): Promise<void>;
}

export async function startAuthentik(outpostDelayMs = 300): Promise<TestAuthentik> {
  const { HECATE_AUTHENTIK_URL: url, HECATE_AUTHENTIK_TOKEN_FILE: tokenFile } = process.env;
  if (url && tokenFile) {
    const base = url.replace(/\/+$/, '');
    return {
      url: base,
      tokenFile,
      isStandIn: false,
      calls: () => 0,
      admin: adminOf(base, tokenFile),
      stop: async () => undefined,
    };
  }
  const data = mkdtempSync(join(tmpdir(), 'hecate-authentik-'));
  let calls = 0;
  const standIn = await startStandIn({
    data,
    port: 0,
    outpostDelayMs,
    onExchange: () => void calls++,
  });
  return {
    url: standIn.url,
    tokenFile: join(data, 'hecate-token'),
    isStandIn: true,
    calls: () => calls,
    admin: adminOf(standIn.url, join(data, 'bootstrap-token')),
    async stop() {
      await standIn.close();
      rmSync(data, { recursive: true });
    },
  };
}

function adminOf(url: string, tokenFile: string): TestAuthentik['admin'] {
  const token = readFileSync(tokenFile, 'utf8').trim();
  return async <T>(method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/api/v3${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status === 404) return null as T;
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as T;
  };
}

/** Every result of a list of the API. */
export async function everything(authentik: TestAuthentik, path: string): Promise<Json[]> {
  const found: Json[] = [];
  for (let page = 1; page !== 0;) {
    const answer = await authentik.admin<{ pagination: { next: number }; results: Json[] }>(
      'GET',
      `${path}${path.includes('?') ? '&' : '?'}page_size=100&page=${page}`,
    );
    found.push(...answer.results);
    page = answer.pagination.next;
  }
  return found;
}
