import { userInfo } from 'node:os';
import { Failure } from '../../ports/failure.js';

/** The actor and the reason of a command. */
export interface Origin {
  readonly actor?: string;
  readonly reason?: string;
}

/**
 * Returns the actor (`--actor`, else HECATE_ACTOR, else the login name) and the reason. Throws `invalid` for control
 * characters: other people's terminals will show both.
 */
export function originOf({ actor, reason }: Origin): { readonly actor: string; readonly reason: string | null } {
  const { HECATE_ACTOR } = process.env;
  for (const [where, text] of Object.entries({ '--actor': actor, '--reason': reason, HECATE_ACTOR })) {
    if (text === undefined || !hasControls(text)) continue;
    throw new Failure('invalid', `${where} has control characters, such as line breaks or colours`, {
      hint: 'Give one line of plain text.',
    });
  }
  return { actor: actor ?? HECATE_ACTOR ?? userInfo().username, reason: reason ?? null };
}

/** Returns true for a text of one line with control characters, line breaks included. */
export function hasControls(text: string): boolean {
  return /[\x00-\x1f\x7f-\x9f]/.test(text);
}
