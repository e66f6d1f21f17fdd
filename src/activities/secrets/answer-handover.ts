import { accountsProblem } from '../../domain/secrets/basic-auth.js';
import { keyPlace } from '../../domain/values/staged.js';
import type { CertificateFacts } from '../../domain/values/certificate.js';
import type { Handover, KeyFinding, Question } from '../../operations/questions.js';
import type { Certificates } from '../../ports/certificates.js';
import type { Secrets } from '../../ports/secrets.js';
import { reachable } from './resolved-secrets.js';

interface Sources {
  readonly secrets: Secrets | null;
  readonly certificates: Certificates;
}

/** A question about a certificate or about something that was handed over. */
export type HandoverQuestion = Extract<Question, { readonly kind: 'certificate' | 'key' | 'accounts' }>;

/**
 * Looks at certificates, and in Vault at what was handed over: at the staging place, or where an earlier attempt of the
 * same operation has taken it already. Throws when Vault does not answer. Only findings leave this function, no value.
 */
export async function answerHandover(sources: Sources, questions: readonly HandoverQuestion[]): Promise<Handover> {
  const facts = new Map<string, CertificateFacts | null>();
  const keys = new Map<string, KeyFinding>();
  const accounts = new Map<string, string | null>();
  for (const question of questions) {
    switch (question.kind) {
      case 'certificate':
        facts.set(question.chain, sources.certificates.read(question.chain));
        break;
      case 'key':
        keys.set(question.staged, await findKey(sources, question));
        break;
      case 'accounts':
        accounts.set(question.staged, await findAccounts(sources, question));
    }
  }
  return {
    certificate: (chain) => facts.get(chain) ?? null,
    key: (_chain, staged) => keys.get(staged) ?? 'missing',
    accounts: (staged) => accounts.get(staged) ?? null,
  };
}

async function findKey(
  { secrets, certificates }: Sources,
  { chain, staged }: { readonly chain: string; readonly staged: string },
): Promise<KeyFinding> {
  const vault = reachable(secrets);
  const fingerprint = certificates.read(chain)?.fingerprint;
  if (fingerprint === undefined) return 'unreadable';
  const key = (await vault.staged(staged)) ?? (await vault.read(keyPlace(fingerprint)))?.['key'];
  return key === undefined ? 'missing' : certificates.match(chain, key);
}

async function findAccounts(
  { secrets }: Sources,
  { staged, place }: { readonly staged: string; readonly place: string },
): Promise<string | null> {
  const vault = reachable(secrets);
  const text = await vault.staged(staged);
  if (text !== null) return accountsProblem(text);
  return (await vault.read(place)) === null ? 'it was never handed over, or more than an hour ago' : null;
}
