import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Exchange = {
  readonly note: string;
  readonly method: string;
  readonly path: string;
  readonly auth?: string;
  readonly request: Json;
  readonly status: number;
  readonly response: Json;
};

const folder = join(import.meta.dirname, '../contracts/identity');

/** The text of a packed contract file. */
export const unpacked = (name: string): string => gunzipSync(readFileSync(join(folder, name))).toString();

/** What a real authentik 2026.2.2 was asked and answered, in order. */
export const recordedExchanges: readonly Exchange[] = unpacked('exchanges.jsonl.gz')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Exchange);
