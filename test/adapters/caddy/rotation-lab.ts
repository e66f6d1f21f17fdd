import { createHash } from 'node:crypto';
import { proxyDocument } from '../../../src/activities/proxies/proxy-document.js';
import { createSecretResolver } from '../../../src/activities/secrets/resolved-secrets.js';
import { createMemorySecrets, type MemorySecrets } from '../../../src/adapters/memory/secrets.js';
import type { ProxySettings } from '../../../src/domain/caddy/document.js';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { emptyState, find, fold, type State } from '../../../src/domain/log/state.js';
import { vaultPathOf, type Secret } from '../../../src/domain/resources/secret.js';
import { afterEvent, type PhaseEvent, type Rotation } from '../../../src/domain/secrets/rotation.js';
import type { Credential, Issuer } from '../../../src/ports/credentials.js';
import type { Proxy } from '../../../src/ports/proxy.js';
import { caddyBinary } from '../../contracts/proxy-binary.js';
import { startCaddy, type TestCaddy } from '../../contracts/proxy-caddy.js';
import { entries } from '../../builders/log.js';
import { begunRotation } from '../../builders/rotating.js';

export const NOW = '2026-11-29T10:00:00.000Z';

/** Two real Caddys that serve a log in memory, with a Vault in memory: what the worker does around an issuer. */
export interface RotationLab {
  readonly caddies: readonly TestCaddy[];
  /** The Caddys as `caddy` and `caddy-2`. */
  readonly proxies: readonly Proxy[];
  readonly vault: MemorySecrets;
  readonly log: { view(): Promise<{ readonly logId: string; readonly state: State }> };
  /** Appends changes and writes both Caddys. */
  commit(...changes: readonly Change[]): Promise<void>;
  secret(name: string): Secret;
  /** Writes a secret's value to Vault, with the texts that belong to it. */
  keep(secret: Pick<Secret, 'kind' | 'name'>, credential: Credential): Promise<void>;
  /** Moves the rotation of a secret, and writes both Caddys. */
  move(name: string, event: PhaseEvent): Promise<void>;
  begin(name: string, next: string, more?: Partial<Rotation>): Promise<void>;
  /** Writes the configuration of the log into the Caddys of these numbers. */
  write(...which: readonly number[]): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the lab. `settings`: further settings of each proxy. */
export async function startRotationLab(
  settings: (caddy: TestCaddy) => Partial<ProxySettings> = () => ({}),
): Promise<RotationLab> {
  const binary = await caddyBinary();
  const caddies = [await startCaddy(binary), await startCaddy(binary)];
  const proxies = caddies.map(({ proxy }, at): Proxy => ({ ...proxy, name: at === 0 ? 'caddy' : `caddy-${at + 1}` }));
  const vault = createMemorySecrets();
  const secretResolver = createSecretResolver(vault);
  const commits: Record<string, readonly Change[]> = {};
  const state = () => fold(emptyState, entries(commits));
  const secret = (name: string) => {
    const found = find(state(), 'Secret', name)?.value;
    if (!found) throw new Error(`no secret ${name}`);
    return found;
  };
  const write = async (...which: readonly number[]) => {
    for (const at of which.length === 0 ? caddies.keys() : which) {
      const [caddy, proxy] = [caddies[at], proxies[at]];
      if (!caddy || !proxy) throw new Error(`no Caddy ${at}`);
      const { httpPort, httpsPort } = caddy;
      const all = { httpPort, httpsPort, ...settings(caddy) };
      const document = await proxyDocument({ secretResolver, sha256 }, state(), { settings: all, logId: 'test-log' });
      const result = await proxy.write(document, (await proxy.current()).guard);
      if (result.kind !== 'written') throw new Error(JSON.stringify(result));
    }
  };
  const commit = async (...changes: readonly Change[]) => {
    commits[`commit-${Object.keys(commits).length}`] = changes;
    await write();
  };
  return {
    caddies,
    proxies,
    vault,
    log: { view: async () => ({ logId: 'test-log', state: state() }) },
    commit,
    secret,
    write,
    async keep({ kind, name }, { edition, value }) {
      await vault.keep(vaultPathOf({ kind, name, edition }), value);
    },
    async move(name, event) {
      const before = secret(name);
      await commit(changeOf('Secret', name, before, afterEvent(before, event, NOW)));
    },
    async begin(name, next, more = {}) {
      const before = secret(name);
      const { version, edition } = before;
      await commit(
        changeOf('Secret', name, before, { ...before, rotation: rotationOf({ version, edition }, next, more) }),
      );
    },
    async stop() {
      await Promise.all(caddies.map((caddy) => caddy.stop()));
    },
  };
}

/** Rotates a secret without its grace, as the worker does; `at` is called before the work of each phase. */
export async function rotate(
  lab: RotationLab,
  issuer: Issuer,
  {
    name,
    former,
    next,
    at,
  }: { name: string; former: Credential; next: string; at?: (phase: string, made: Credential | null) => Promise<void> },
): Promise<Credential> {
  await lab.begin(name, next);
  let credential: Credential | null = null;
  for (;;) {
    const secret = lab.secret(name);
    const phase = secret.rotation?.phase;
    if (phase === undefined) break;
    await at?.(phase, credential);
    if (phase === 'preflight') await issuer.preflight(secret);
    if (phase === 'issue') {
      const request = { edition: next, former };
      await issuer.issue(secret, request);
      credential = { edition: next, ...(await issuer.issue(secret, request)) };
    }
    const made = credential;
    if (made !== null) {
      if (phase === 'store') await lab.keep(secret, made);
      if (phase === 'distribute') await issuer.distribute(secret, made);
      if (phase === 'prove') await issuer.prove(secret, made);
      if (phase === 'revoke') await issuer.revoke(secret, former.edition, former);
      if (phase === 'prove-refused' && (await issuer.isAccepted(secret, former))) throw new Error('still accepted');
    }
    await lab.move(name, { kind: 'done' });
  }
  if (credential === null) throw new Error('nothing was issued');
  return credential;
}

function rotationOf(former: Rotation['former'], edition: string, more: Partial<Rotation>): Rotation {
  const next = { version: former.version + 1, edition };
  return begunRotation(NOW, { former, next, grace: '0s', ...more });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
