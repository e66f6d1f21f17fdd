import type { Refusal } from '../../domain/refusal.js';
import type { ChangeDecision, Decision } from '../operation.js';
import type { Answers } from '../questions.js';
import type { Finding, PlannedChange, Safeguard } from './safeguard.js';
import { administration } from './administration.js';
import { answering } from './answering.js';
import { protections } from './protections.js';
import { visitors } from './visitors.js';

/** Every safeguard, in the order in which their findings are shown. */
export const safeguards: readonly Safeguard[] = [administration, protections, answering, visitors];
/** The safeguards whose findings no flag accepts. */
export const finalSafeguards: readonly Safeguard[] = safeguards.filter(({ isFinal }) => isFinal === true);

/** Most findings that a refusal names. */
const MOST_NAMED = 5;
/** Most remedies that a hint names. */
const MOST_REMEDIES = 2;

/** How a request accepts what the safeguards find. */
export interface Acceptance {
  readonly accepted: boolean;
  /** The flag that accepts it, for the hint; null: the operation has none. */
  readonly flag: Refusal['acceptedBy'] | null;
}

/** The input fields by which a person accepts what the safeguards find, each with its flag. */
const ACCEPTS = [
  ['yes', '--yes'],
  ['force', '--force'],
] as const;

/** Returns how an input accepts what the safeguards find. `fields`: the fields of the operation's schema. */
export function acceptanceOf(
  fields: Readonly<Record<string, unknown>>,
  input: Readonly<Record<string, unknown>>,
): Acceptance {
  const known = ACCEPTS.filter(([name]) => name in fields);
  return { accepted: known.some(([name]) => input[name] === true), flag: known[0]?.[1] ?? null };
}

/** Returns the decision after all safeguards: a refusal when one refuses, else the decision with their warnings. */
export function safeguarded(
  decided: ChangeDecision,
  change: PlannedChange,
  answers: Answers,
  { accepted, flag }: Acceptance,
): Decision {
  const final = finalFindings(change, answers);
  if (final[0] !== undefined) return { kind: 'refuse', refusal: refusalOf(final[0], final, null) };
  const findings = safeguards.flatMap((safeguard) => safeguard.findings(change, answers));
  const refusing = findings.filter(({ refuses }) => refuses);
  const [first] = refusing;
  const warned = {
    ...decided,
    warnings: [...new Set([...findings.map(({ message }) => message), ...decided.warnings])],
  };
  if (first === undefined || accepted) return warned;
  return { kind: 'refuse', refusal: refusalOf(first, refusing, flag), refused: warned };
}

/** Returns the findings that no flag accepts. */
export function finalFindings(change: PlannedChange, answers: Answers): Finding[] {
  return finalSafeguards.flatMap((safeguard) => safeguard.findings(change, answers));
}

function refusalOf({ kind, code }: Finding, findings: readonly Finding[], flag: Acceptance['flag']): Refusal {
  const messages = findings.slice(0, MOST_NAMED).map(({ message }) => message);
  const more = findings.length - messages.length;
  const remedies = [...new Set(findings.flatMap(({ remedy }) => remedy ?? []))].slice(0, MOST_REMEDIES);
  const ways = [...remedies, ...(flag === null ? [] : [`add ${flag} to carry it out anyway`])].join(', or ');
  const message = [...messages, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  return {
    ...{ kind, code, message },
    ...(ways === '' ? {} : { hint: `${ways.charAt(0).toUpperCase()}${ways.slice(1)}.` }),
    ...(flag ? { acceptedBy: flag } : {}),
  };
}
