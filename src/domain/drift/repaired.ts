import { driftSentence, type IdentityDrift } from './drift.js';

/** What a repair of the identity provider left, by looking again. */
export interface LookAfterRepair {
  /** Differences that are still there. */
  readonly left: readonly IdentityDrift[];
  /** Full number; the list is cut. */
  readonly count: number;
  /** Failures of the repair, by the subject of the differences. */
  readonly problems: readonly { readonly subject: string; readonly message: string }[];
}

/** Sentences on a repair. `held`: what only a person can put right. */
export interface RepairVerdict {
  readonly done: readonly string[];
  readonly failed: readonly string[];
  readonly held: readonly string[];
}

/** Compares the differences before a repair with those after it, object by object. */
export function verdictOf(before: readonly IdentityDrift[], { left, count, problems }: LookAfterRepair): RepairVerdict {
  const remaining = new Set(left.map(({ object }) => object));
  const objects = [...new Set(before.map(({ object }) => object))].filter((object) => !remaining.has(object));
  const done = objects.map((object) => {
    const changes = before.filter((one) => one.object === object).map(changeText);
    return `authentik: ${object} repaired: ${changes.join('; ')}`;
  });
  const isForPerson = ({ problem, path }: IdentityDrift) => problem !== null && path !== '';
  const reasonOf = ({ subject }: IdentityDrift) => problems.find((one) => one.subject === subject)?.message;
  const failed = left
    .filter((one) => !isForPerson(one))
    .map((one) => {
      const reason = one.problem === null ? reasonOf(one) : undefined;
      return `authentik still differs: ${driftSentence(one)}${reason === undefined ? '' : `: ${reason}`}`;
    });
  const more = count - left.length;
  return {
    done,
    failed: more > 0 ? [...failed, `authentik still differs in ${more} more places`] : failed,
    held: left.filter(isForPerson).map((one) => `authentik: ${driftSentence(one)}`),
  };
}

function changeText({ kind, path, wanted, found, problem }: IdentityDrift): string {
  if (path === '') return problem ?? 'it could not be read before';
  if (kind === 'missing') return `${path} made`;
  if (kind === 'foreign') return `${path} removed`;
  return `${path} ${JSON.stringify(found)} → ${JSON.stringify(wanted)}`;
}
