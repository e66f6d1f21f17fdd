import { valueProblem } from '../../domain/secrets/kinds.js';
import { vaultPathOfKey } from '../../domain/secrets/tls-key.js';
import type { CertificateFacts } from '../../domain/values/certificate.js';
import type { Handover, KeyFinding, Question } from '../../operations/questions.js';
import type { Secrets } from '../../ports/secrets.js';
import { find } from '../../domain/log/state.js';
import { vaultPathOf } from '../../domain/resources/secret.js';
import { servedEdition } from '../../domain/secrets/rotation.js';
import { pairIn, pairOf } from '../../domain/secrets/tls-certificate.js';
import { pairProblem, type Certificates } from '../../ports/certificates.js';
import type { LogReader } from '../../ports/event-log.js';
import { vaultOf } from './resolved-secrets.js';

interface Sources {
  readonly secrets: Secrets | null;
  readonly certificates: Certificates;
  readonly log: Pick<LogReader, 'view'>;
  readonly now: () => string;
}

/** A question about a certificate or about a staged value. */
export type HandoverQuestion = Extract<
  Question,
  { readonly kind: 'certificate' | 'key' | 'secret-certificate' | 'secret-value' | 'kept-value' }
>;

/**
 * Answers questions about certificates and about staged values. A value is looked up where it was staged, then at its own
 * path, where an earlier attempt of the same operation may have put it. Throws `unavailable` when Vault does not answer.
 * Returns findings only, never a value.
 */
export async function answerHandover(sources: Sources, questions: readonly HandoverQuestion[]): Promise<Handover> {
  const facts = new Map<string, CertificateFacts | null>();
  const keys = new Map<string, KeyFinding>();
  const named = new Map<string, CertificateFacts | null>();
  const problems = new Map<string, string | null>();
  const kept: string[] = [];
  for (const question of questions) {
    switch (question.kind) {
      case 'certificate':
        facts.set(question.chain, sources.certificates.read(question.chain));
        break;
      case 'key':
        keys.set(question.staged, await findKey(sources, question));
        break;
      case 'secret-certificate':
        named.set(question.name, await namedCertificate(sources, question.name));
        break;
      case 'secret-value':
        problems.set(question.staged, await findProblem(sources, question));
        break;
      case 'kept-value':
        kept.push(question.vaultPath);
    }
  }
  const destroyed = await destroyedAmong(sources, kept);
  return {
    certificate: (chain) => facts.get(chain) ?? null,
    key: (_chain, staged) => keys.get(staged) ?? 'missing',
    secretCertificate: (name) => named.get(name) ?? null,
    secretValueProblem: (staged) => problems.get(staged) ?? null,
    isKept: (vaultPath) => !destroyed.has(vaultPath),
  };
}

/** Values that are looked up at the same time; a restore may ask for thousands. */
const AT_A_TIME = 16;

async function destroyedAmong({ secrets }: Sources, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const destroyed = new Set<string>();
  if (paths.length === 0) return destroyed;
  const vault = vaultOf(secrets);
  const waiting = new Set(paths).values();
  const look = async () => {
    for (const path of waiting) if ((await vault.read(path)) === null) destroyed.add(path);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, look));
  return destroyed;
}

async function findKey(
  { secrets, certificates }: Sources,
  { chain, staged }: { readonly chain: string; readonly staged: string },
): Promise<KeyFinding> {
  const vault = vaultOf(secrets);
  const fingerprint = certificates.read(chain)?.fingerprint;
  if (fingerprint === undefined) return 'unreadable';
  const key = (await vault.staged(staged)) ?? (await vault.read(vaultPathOfKey(fingerprint)))?.['key'];
  return key === undefined ? 'missing' : certificates.match(chain, key);
}

async function namedCertificate(
  { secrets, certificates, log }: Sources,
  name: string,
): Promise<CertificateFacts | null> {
  const { state } = await log.view();
  const secret = find(state, 'Secret', name)?.value;
  const served = secret?.kind === 'tls-certificate' ? servedEdition(secret) : null;
  if (secret === undefined || served === null) return null;
  const value = await vaultOf(secrets).read(vaultPathOf({ ...secret, edition: served.edition }));
  const pair = pairOf(value ?? undefined);
  return pair && certificates.read(pair.chain);
}

async function findProblem(
  { secrets, certificates, now }: Sources,
  { secretKind, staged, vaultPath, hosts = [] }: Extract<HandoverQuestion, { readonly kind: 'secret-value' }>,
): Promise<string | null> {
  const vault = vaultOf(secrets);
  const text = await vault.staged(staged);
  if (text !== null) {
    const problem = valueProblem(text, secretKind);
    if (problem !== null || secretKind !== 'tls-certificate') return problem;
    return pairProblem(certificates, pairIn(text), { hosts, now: now() });
  }
  return (await vault.read(vaultPath)) === null
    ? 'Vault does not have it: it expired after an hour, or never came'
    : null;
}
