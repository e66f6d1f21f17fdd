import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { makePrivateFolder, readJson, writeJson } from '../../adapters/files/private-files.js';
import { seedState } from './seed.js';
import type { Kind, Row, StandInState } from './state.js';

/** The stand-in's store, as {@link openStore} returns it. */
export type Store = ReturnType<typeof openStore>;

/**
 * Opens the store in `folder`/state.json, or creates it with the objects of a new authentik. A change is on disk after
 * `flush`, which runs before each answer, so that a kill loses no answered change.
 */
export function openStore(folder: string) {
  makePrivateFolder(folder);
  const path = join(folder, 'state.json');
  const found = readJson<StandInState>(path);
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
      if (changed) writeJson(path, state);
      changed = false;
    },
  };
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
