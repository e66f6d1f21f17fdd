import { accountsProblem, isHashed, parseAccounts } from '../../domain/secrets/basic-auth.js';
import type { Claim } from '../../domain/values/staged.js';
import { Failure } from '../../ports/failure.js';
import type { Secrets, SecretValue } from '../../ports/secrets.js';
import { reachable } from './resolved-secrets.js';

interface Sources {
  readonly secrets: Secrets | null;
  readonly hashPassword: (password: string) => Promise<string>;
}

/**
 * Makes what was handed over Hecate's own and removes it from the staging place. May run again after a crash at any
 * point: what is at its place already stays, and what is gone from the staging place was taken then.
 */
export async function claimSecrets(sources: Sources, claims: readonly Claim[]): Promise<void> {
  const vault = reachable(sources.secrets);
  for (const { staged, kind, place } of claims) {
    const content = await vault.staged(staged);
    if (content !== null) await vault.keep(place, await valueOf(sources, kind, content));
    else if ((await vault.read(place)) === null) throw gone();
    await vault.discard(staged);
  }
}

async function valueOf({ hashPassword }: Sources, kind: Claim['kind'], content: string): Promise<SecretValue> {
  switch (kind) {
    case 'tls-key':
      return { key: content };
    case 'accounts': {
      const problem = accountsProblem(content);
      if (problem !== null) throw new Failure('invalid', `the accounts cannot be used: ${problem}`);
      const users: Record<string, string> = {};
      for (const { user, password } of parseAccounts(content)) {
        users[user] = isHashed(password) ? password : await hashPassword(password);
      }
      return users;
    }
  }
}

function gone(): Failure {
  return new Failure('missing', 'what was handed over through Vault is not there any more', {
    system: 'vault',
    hint: 'It expires within the hour: run the command again.',
  });
}
