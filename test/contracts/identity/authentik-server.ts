import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStandIn } from '../../../src/authentik-stand-in/stand-in.js';
import { ensureAuthentikAccount } from '../../../src/stack/components/authentik-account.js';

type Json = Record<string, unknown>;

/** An authentik to test with: the one that the environment names, else a stand-in of our own. */
export interface TestAuthentik {
  readonly url: string;
  /** Of the account that Hecate uses: one with exactly the rights that it needs, or an administrator. */
  readonly tokenFile: string;
  readonly isStandIn: boolean;
  /** How many calls of the API there were so far; 0 for a real server. */
  calls(): number;
  /** Asks the API as an administrator; throws on any status but 2xx, and answers null to 404. */
  admin<T = Json>(method: string, path: string, body?: unknown): Promise<T>;
  /** Removes the account, and names what is there now and was not before, or the other way round. */
  differences(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Whose token the suite gives to Hecate; `HECATE_TEST_ACCOUNT` decides. */
type TestAccount = 'few-rights' | 'administrator';
const accountOf = (): TestAccount =>
  process.env['HECATE_TEST_ACCOUNT'] === 'administrator' ? 'administrator' : 'few-rights';

/**
 * Starts or finds an authentik, and makes the account with few rights there as `hecate init authentik` does. A real one is
 * named by `HECATE_AUTHENTIK_URL` and `HECATE_AUTHENTIK_TOKEN_FILE`, a file with an administrator's token.
 */
export async function startAuthentik(outpostDelayMs = 300): Promise<TestAuthentik> {
  const { HECATE_AUTHENTIK_URL: named, HECATE_AUTHENTIK_TOKEN_FILE: namedToken } = process.env;
  const folder = mkdtempSync(join(tmpdir(), 'hecate-authentik-'));
  let calls = 0;
  const onExchange = () => void calls++;
  const standIn =
    named && namedToken ? null : await startStandIn({ data: folder, port: 0, outpostDelayMs, onExchange });
  const url = standIn?.url ?? String(named).replace(/\/+$/, '');
  const adminTokenFile = standIn ? join(folder, 'bootstrap-token') : String(namedToken);
  const admin = adminOf(url, adminTokenFile);
  const before = await inventory({ admin });
  const account = `hecate-contract-${Math.random().toString(36).slice(2, 8)}`;
  const tokenFile = join(folder, 'contract-token');
  const isAdministrator = accountOf() === 'administrator';
  if (!isAdministrator) {
    await ensureAuthentikAccount({ url, adminTokenFile, tokenFile, browserUrl: null, account });
  }
  return {
    url,
    tokenFile: isAdministrator ? adminTokenFile : tokenFile,
    isStandIn: standIn !== null,
    calls: () => calls,
    admin,
    async differences() {
      if (!isAdministrator) await removeAccount(admin, account);
      const after = await inventory({ admin });
      const only = (one: readonly string[], other: readonly string[]) => one.filter((line) => !other.includes(line));
      return [
        ...only(before, after).map((line) => `gone: ${line}`),
        ...only(after, before).map((line) => `new: ${line}`),
      ];
    },
    async stop() {
      await standIn?.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function removeAccount(admin: TestAuthentik['admin'], account: string): Promise<void> {
  for (const path of ['/core/users/?username=', '/rbac/roles/?name=']) {
    const { results } = await admin<{ results: Json[] }>('GET', `${path}${account}`);
    for (const { pk } of results) await admin('DELETE', `${path.split('?')[0]}${String(pk)}/`);
  }
}

const KINDS = [
  '/core/groups/',
  '/core/users/',
  '/core/tokens/',
  '/core/applications/?superuser_full_list=true',
  '/rbac/roles/',
  '/providers/proxy/',
  '/policies/expression/',
  '/policies/bindings/',
  '/flows/instances/',
  '/flows/bindings/',
  '/stages/all/',
];

/** Everything there is of the kinds that Hecate or a test makes, and the outposts' settings, one line each. */
async function inventory(authentik: Pick<TestAuthentik, 'admin'>): Promise<readonly string[]> {
  const lists = await Promise.all(
    KINDS.map(async (path) => (await everything(authentik, path)).map((one) => `${path.split('?')[0]} ${nameOf(one)}`)),
  );
  const outposts = await everything(authentik, '/outposts/instances/');
  return [
    ...lists.flat(),
    ...outposts.map(({ name, providers, config }) => JSON.stringify({ name, providers, config })),
  ];
}

const nameOf = (one: Json) => {
  const named = ['username', 'identifier', 'slug', 'name'].map((field) => one[field]);
  return [one['pk'], named.find((value) => typeof value === 'string')].join(' ');
};

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
export async function everything(authentik: Pick<TestAuthentik, 'admin'>, path: string): Promise<Json[]> {
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
