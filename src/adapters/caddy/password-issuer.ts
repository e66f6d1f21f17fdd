import { compare } from 'bcryptjs';
import type { State } from '../../domain/log/state.js';
import { find } from '../../domain/log/state.js';
import type { SecretValue } from '../../domain/middleware/resolved-secrets.js';
import { vaultPathOf } from '../../domain/resources/secret.js';
import { acceptedEditions } from '../../domain/secrets/rotation.js';
import type { ConsumerUse, Credential, Issuer } from '../../ports/credentials.js';
import type { LogReader } from '../../ports/event-log.js';
import type { Proxy } from '../../ports/proxy.js';
import type { Secrets } from '../../ports/secrets.js';
import { askGate, configuredHosts, notYet, type Account, type Gate } from './password-gate.js';

/** Systems and effects of the issuers of passwords that the proxies ask for. */
export interface PasswordSources {
  readonly log: Pick<LogReader, 'view'>;
  readonly proxies: readonly Proxy[];
  readonly secrets: Pick<Secrets, 'read'>;
  /** Time now, ISO 8601 UTC. */
  readonly now: () => string;
  /** Returns the bcrypt hash of a password. */
  readonly hashPassword: (password: string) => Promise<string>;
  /** Returns a new random password. */
  readonly newPassword: () => string;
}

/** The parts in which kinds of passwords differ. */
interface PasswordKind {
  readonly issue: Issuer['issue'];
  /** Returns the hosts that ask for the secret's accounts. */
  readonly gates: (state: State, name: string) => readonly Gate[];
}

/** Gates of one secret that are asked with a password; the configuration of all is read. */
const MOST_ASKED = 20;

/**
 * Creates an issuer of passwords that the proxies ask for. What the proxies accept follows from the log, so that nothing is
 * distributed or revoked here. Proofs are those of each proxy's configuration and, for passwords that are known, of requests.
 */
export function createPasswordIssuer(sources: PasswordSources, { issue, gates }: PasswordKind): Issuer {
  const { log, proxies, now } = sources;
  return {
    issue,
    async preflight() {
      await Promise.all(proxies.map(async (proxy) => Promise.all([proxy.current(), proxy.served()])));
    },
    distribute: () => Promise.resolve(),
    revoke: () => Promise.resolve(),
    async prove({ name }, next) {
      const { state, logId } = await log.view();
      const used = gates(state, name);
      if (used.length === 0) return [];
      const accounts = accountsOf(next);
      await Promise.all(
        proxies.map(async (proxy) => {
          const configured = await configuredHosts(proxy, hostsOf(used));
          const lacking = used.find(({ host }) => !accounts.every(({ hash }) => configured.get(host)?.includes(hash)));
          if (lacking) throw notYet(proxy, lacking);
          for (const { gate, account } of asked(used, accounts)) {
            if ((await askGate(proxy, gate.host, account, logId)) === 'refused') throw notYet(proxy, gate);
          }
        }),
      );
      return usesOf(used, now());
    },
    async isAccepted({ name }, credential) {
      const { state, logId } = await log.view();
      const used = gates(state, name);
      const accounts = await withoutAccepted(sources, { state, name }, credential);
      if (used.length === 0 || accounts.length === 0) return false;
      const answers = proxies.map(async (proxy) => {
        const configured = [...(await configuredHosts(proxy, hostsOf(used))).values()];
        if (accounts.some(({ hash }) => configured.some((text) => text.includes(hash)))) return true;
        for (const { gate, account } of asked(used, accounts)) {
          if ((await askGate(proxy, gate.host, account, logId)) === 'accepted') return true;
        }
        return false;
      });
      return (await Promise.all(answers)).includes(true);
    },
  };
}

/** Returns a new password and its hash for each user. */
export async function mintedAccounts(
  users: readonly string[],
  { newPassword, hashPassword }: Pick<PasswordSources, 'newPassword' | 'hashPassword'>,
): Promise<{ readonly value: SecretValue; readonly plain: SecretValue }> {
  const made = await Promise.all(
    users.map(async (user) => {
      const password = newPassword();
      return { user, password, hash: await hashPassword(password) };
    }),
  );
  return {
    value: Object.fromEntries(made.map(({ user, hash }) => [user, hash])),
    plain: Object.fromEntries(made.map(({ user, password }) => [user, password])),
  };
}

function accountsOf({ value, plain }: Credential): Account[] {
  const passwords = new Map(Object.entries(plain ?? {}));
  return Object.entries(value).map(([user, hash]) => ({ user, hash, password: passwords.get(user) ?? null }));
}

/** Each account at the first gate, and the first account at the others. */
function asked(gates: readonly Gate[], accounts: readonly Account[]): { gate: Gate; account: Account }[] {
  const [gate] = gates;
  const [account] = accounts;
  if (gate === undefined || account === undefined) return [];
  return [
    ...accounts.slice(0, MOST_ASKED).map((one) => ({ gate, account: one })),
    ...gates.slice(1, MOST_ASKED).map((one) => ({ gate: one, account })),
  ];
}

/** Returns the accounts of a credential that are not valid by another value too: a person may bring a file with unchanged lines. */
async function withoutAccepted(
  { secrets }: PasswordSources,
  { state, name }: { readonly state: State; readonly name: string },
  credential: Credential,
): Promise<Account[]> {
  const secret = find(state, 'Secret', name)?.value;
  if (secret === undefined) return [];
  const others = acceptedEditions(secret).filter(({ edition }) => edition !== credential.edition);
  const values = await Promise.all(
    others.map(({ edition }) => secrets.read(vaultPathOf({ kind: secret.kind, name, edition }))),
  );
  const kept = await Promise.all(
    accountsOf(credential).map(async (account) => {
      const hashes = values.flatMap((value) => new Map(Object.entries(value ?? {})).get(account.user) ?? []);
      const { hash, password } = account;
      const same = await Promise.all(
        hashes.map(async (other) => other === hash || (password !== null && (await compare(password, other)))),
      );
      return same.includes(true) ? [] : [account];
    }),
  );
  return kept.flat();
}

function hostsOf(gates: readonly Gate[]): ReadonlySet<string> {
  return new Set(gates.map(({ host }) => host));
}

function usesOf(gates: readonly Gate[], since: string): readonly ConsumerUse[] {
  return [...new Set(gates.map(({ consumer }) => consumer))].map((name) => ({ name, since }));
}
