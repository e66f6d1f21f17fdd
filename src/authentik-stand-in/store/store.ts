import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  makePrivateFolder,
  readJson,
  writeJson,
  writeJsonKeepingPrevious,
} from '../../adapters/files/private-files.js';
import { seedState } from './seed.js';
import type { Kind, Row, StandInState } from './state.js';

/** The stand-in's store, as {@link openStore} returns it. */
export type Store = ReturnType<typeof openStore>;

/**
 * Opens the store in `folder`/state.json, or creates it with the objects of a new authentik. A change is on disk after
 * `flush`, which runs before each answer, so that a kill loses no answered change.
 */
export function openStore(folder: string, log: (line: string) => void = () => undefined) {
  makePrivateFolder(folder);
  const path = join(folder, 'state.json');
  const found = readState(path, log);
  const state = found ?? seedState();
  const listeners: ((kind: Kind) => void)[] = [];
  let changed = found === null;

  const touch = (kind: Kind) => {
    changed = true;
    for (const listener of listeners) listener(kind);
  };
  return {
    state,
    isNew: found === null,
    /** Calls `listener` synchronously after each change, with the kind that changed. */
    onChange: (listener: (kind: Kind) => void) => void listeners.push(listener),
    insert: <K extends Kind>(kind: K, row: Row<K>): Row<K> => {
      (state[kind] as Row<K>[]).push(row);
      touch(kind);
      return row;
    },
    change: <K extends Kind>(kind: K, row: Row<K>, fields: Partial<Row<K>>): Row<K> => {
      Object.assign(row, fields);
      touch(kind);
      return row;
    },
    remove: <K extends Kind>(kind: K, goes: (row: Row<K>) => boolean): void => {
      const rows = state[kind] as Row<K>[];
      const kept = rows.filter((row) => !goes(row));
      if (kept.length === rows.length) return;
      (state[kind] as Row<K>[]) = kept;
      touch(kind);
    },
    find: <K extends Kind>(kind: K, pk: unknown): Row<K> | undefined =>
      (state[kind] as Row<K>[]).find((row) => row.pk === pk),
    number: (of: keyof StandInState['next']): number => state.next[of]++,
    flush: (): void => {
      if (changed) writeJsonKeepingPrevious(path, state);
      changed = false;
    },
    /** Writes the file again when it was damaged or removed from outside. Returns what was wrong; null: nothing. */
    mend: (): string | null => {
      const { value, broken } = readJson<StandInState>(path, isState);
      if (value !== null) return null;
      writeJson(path, state);
      return `${broken ?? `${path} was missing`}; wrote it again`;
    },
  };
}

/** Reads the state: of a damaged file the content before its last change. Null: there is none, or both are damaged. */
function readState(path: string, log: (line: string) => void): StandInState | null {
  const { value, broken } = readJson<StandInState>(path, isState);
  if (broken === null) return value;
  const previous = readJson<StandInState>(`${path}.previous`, isState).value;
  log(
    previous === null
      ? `${broken}; starting with the accounts of a new stand-in`
      : `${broken}; going on with ${path}.previous, which lacks the last change`,
  );
  return previous;
}

function isState(value: unknown): boolean {
  const { secret, users } = (value ?? {}) as Partial<StandInState>;
  return typeof secret === 'string' && Array.isArray(users);
}

/** Returns a random UUID. */
export const uuid = (): string => randomUUID();

/** Returns a random secret of `length` letters and digits. */
export function randomKey(length = 60): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  let key = '';
  while (key.length < length) {
    for (const byte of randomBytes(length)) if (byte < 248) key += letters[byte % letters.length];
  }
  return key.slice(0, length);
}
