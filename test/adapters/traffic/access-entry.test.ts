import { expect, it } from 'vitest';
import { parseEntry } from '../../../src/adapters/traffic/access-entry.js';

it('takes a question for the generation as one of Hecate itself', () => {
  const parsed = (host: string) => {
    const asked = { hecate_request: `127.0.0.1\tGET\t${host}\t/`, hecate_answer: '\t\t' };
    return parseEntry(JSON.stringify({ ts: 1, duration: 0.1, status: 200, ...asked }));
  };
  expect(parsed('generation.hecate.internal')?.isOwn).toBe(true);
  expect(parsed('app.example.com')).toMatchObject({ isOwn: false, host: 'app.example.com' });
});
