import type { RequestOrigin } from '../../domain/log/commit.js';
import { isObject } from '../../domain/data/json.js';

const LONGEST = 120;

/** Longest text of an outcome or of the reason of an undo. Messages of systems are shorter. */
const LONGEST_SENTENCES = 2_000;

/** Returns sentences of unknown origin for the history: of limited length, and without control characters but for line ends and tabs. */
export function boundedSentences(text: unknown): string {
  if (typeof text !== 'string') return bounded(text);
  const shown = text.slice(0, LONGEST_SENTENCES).replace(/[^\P{C}\n\t]/gu, '\uFFFD');
  return text.length > LONGEST_SENTENCES ? `${shown}…` : shown;
}

/** Returns a text of unknown origin for a message or the history: short, and without control characters. */
export function bounded(text: unknown): string {
  const shown = String(typeof text === 'string' ? text.slice(0, LONGEST + 1) : typeof text).replace(
    /\p{C}/gu,
    '\uFFFD',
  );
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}

/** Returns the machine and the user that a request names, as {@link bounded} does; empty where it names none. A request may name anything. */
export function saidOrigin(request: object): { readonly from?: RequestOrigin } {
  const { from } = request as { readonly from?: unknown };
  if (!isObject(from) || !('machine' in from && 'user' in from)) return {};
  return { from: { machine: bounded(from['machine']), user: bounded(from['user']) } };
}
