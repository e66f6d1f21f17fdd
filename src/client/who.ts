import { userInfo } from 'node:os';

/** What a command says about who wants it. */
export interface Who {
  readonly actor?: string;
  readonly reason?: string;
}

/** Who wants it: as said, else as the environment says, else the login name. */
export function originOf({ actor, reason }: Who): { readonly actor: string; readonly reason: string | null } {
  return { actor: actor ?? process.env['HECATE_ACTOR'] ?? userInfo().username, reason: reason ?? null };
}
