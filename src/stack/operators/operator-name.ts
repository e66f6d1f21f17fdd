import { userInfo } from 'node:os';
import { operatorName } from '../../domain/resources/operator.js';

/** Name of an operator where neither HECATE_ACTOR nor the login name gives one. */
const FALLBACK = 'admin';

/** Returns the name of the first operator: HECATE_ACTOR, else the login name, with other characters replaced by hyphens. */
export function firstOperatorName(env: Readonly<Record<string, string | undefined>>): string {
  const name = validName(env['HECATE_ACTOR'] || loginName());
  return operatorName.safeParse(name).success ? name : FALLBACK;
}

function validName(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .slice(0, 1_000)
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-|-$/g, '');
}

/** A user of a container may have a number and no name. */
function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return FALLBACK;
  }
}
