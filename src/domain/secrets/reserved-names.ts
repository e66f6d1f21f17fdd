import { OPERATOR_SECRET_PREFIX } from './operator-key.js';
import { secretKinds } from './kinds.js';

/** Name that would make a secret's schedule, `rotate-NAME`, that of all secrets. */
const ALL = 'all';

/** Returns the reason why no command creates a secret of this name, as a sentence without a full stop; null: one may. */
export function reservedName(name: string): string | null {
  const isOwn = secretKinds.some(({ ownSecrets }) => ownSecrets?.names.includes(name));
  if (isOwn) return `the name ${name} is reserved for a credential of Hecate itself`;
  if (name.startsWith(OPERATOR_SECRET_PREFIX))
    return `names that begin with ${OPERATOR_SECRET_PREFIX} are reserved for the keys of operators`;
  return name === ALL ? `the name ${ALL} is reserved: rotate-${ALL} is the schedule of every secret` : null;
}
