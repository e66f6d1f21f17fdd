import { Failure } from '../../ports/failure.js';

/** The options of a command that say for whom the operator acts, and why. */
export interface Origin {
  /** Person or program for which the operator acts. */
  readonly actor?: string;
  readonly reason?: string;
}

/** Longest name of a person or program for which an operator acts, in characters. */
const LONGEST_NAME = 200;

/** Person or program for which the operator acts (null: for itself), and the reason (null: none was given). */
export interface GivenOrigin {
  readonly onBehalfOf: string | null;
  readonly reason: string | null;
}

/**
 * Returns the person or program for which the operator acts (`--actor`, else HECATE_ACTOR), and the reason. Throws `invalid`
 * for control characters, since other people's terminals will show both, and for a name of more than 200 characters.
 */
export function originOf({ actor, reason }: Origin): GivenOrigin {
  const { HECATE_ACTOR } = process.env;
  for (const [where, text] of Object.entries({ '--actor': actor, '--reason': reason, HECATE_ACTOR })) {
    if (text === undefined || !hasControls(text)) continue;
    throw new Failure('invalid', `${where} has control characters, such as line breaks or colours`, {
      hint: 'Give one line of plain text.',
    });
  }
  const onBehalfOf = actor ?? HECATE_ACTOR ?? '';
  if (onBehalfOf.length > LONGEST_NAME) {
    const where = actor === undefined ? 'HECATE_ACTOR' : '--actor';
    throw new Failure('invalid', `${where} has more than ${LONGEST_NAME} characters`, { hint: 'Give a name.' });
  }
  return { onBehalfOf: onBehalfOf || null, reason: reason ?? null };
}

/** Returns an operator as a request names it, with the person or program for which it acts, unless that is itself. */
export function actingFor(
  operator: string,
  onBehalfOf: string | null | undefined,
): { readonly actor: string; readonly onBehalfOf?: string } {
  const isItself = onBehalfOf === null || onBehalfOf === undefined || onBehalfOf === operator;
  return { actor: operator, ...(isItself ? {} : { onBehalfOf }) };
}

/** Returns true for a text of one line with control characters: line breaks, colours, or a change of direction. */
export function hasControls(text: string): boolean {
  return /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/.test(text);
}
