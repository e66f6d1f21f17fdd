import { userInfo } from 'node:os';
import { Failure } from '../../ports/failure.js';
import { hasControls } from '../print/visible.js';

/** What a command says about who wants it. */
export interface Origin {
  readonly actor?: string;
  readonly reason?: string;
}

/** Who wants it: as said, else as the environment says, else the login name. Throws `invalid`: many terminals will show it. */
export function originOf({ actor, reason }: Origin): { readonly actor: string; readonly reason: string | null } {
  const { HECATE_ACTOR } = process.env;
  for (const [where, text] of Object.entries({ '--actor': actor, '--reason': reason, HECATE_ACTOR })) {
    if (text === undefined || !hasControls(text)) continue;
    throw new Failure('invalid', `${where} has control characters, such as line breaks or colours`, {
      hint: 'Say it in one line of plain text.',
    });
  }
  return { actor: actor ?? HECATE_ACTOR ?? userInfo().username, reason: reason ?? null };
}
