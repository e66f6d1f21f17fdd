import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { makePrivateFolder, readJson, writeJson } from '../../stack/private-files.js';
import { seedState } from './seed.js';
import type { Kind, Row, State } from './state.js';

export type Store = ReturnType<typeof openStore>;

/**
 * The stand-in's objects, kept in `folder`/state.json. A change is on disk once `flush` returned; whoever answers
 * a request flushes first, so that nothing that was answered is lost by a kill.
 */
export function openStore(folder: string) {
  makePrivateFolder(folder);
  const path = join(folder, 'state.json');
  const found = readJson<State>(path);
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
    /** `listener` is called at once after each change, with the kind that changed. */
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
    number: (of: keyof State['next']): number => state.next[of]++,
    flush: (): void => {
      if (changed) writeJson(path, state);
      changed = false;
    },
  };
}

export const uuid = (): string => randomUUID();

/** A secret of `length` letters and digits. */
export function randomKey(length = 60): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  let key = '';
  while (key.length < length) {
    for (const byte of randomBytes(length)) if (byte < 248) key += letters[byte % letters.length];
  }
  return key.slice(0, length);
}
