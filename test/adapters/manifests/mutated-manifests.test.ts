import { expect, it } from 'vitest';
import { readFiles } from '../../../src/adapters/manifests/index.js';
import { MANIFESTS, mutated, randomFrom } from '../../builders/mutations.js';

/** Number of manifests; `HECATE_MUTATIONS=10000` for the whole measurement. */
const COUNT = Number(process.env['HECATE_MUTATIONS'] ?? 500);
/** Processor time that one manifest may take, in milliseconds. */
const MOST_MS = 1_000;

it('answers every broken manifest with problems, quickly', { timeout: 30_000 + COUNT * 100 }, () => {
  const slow: string[] = [];
  for (let seed = 1; seed <= COUNT; seed++) {
    const text = mutated(MANIFESTS[seed % MANIFESTS.length] ?? '', randomFrom(seed));
    const before = process.cpuUsage();
    const { problems } = readFiles([{ path: 'a.yaml', text }]);
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1_000 > MOST_MS) slow.push(`seed ${seed}: ${(user + system) / 1_000} ms`);
    for (const { message, at } of problems)
      expect(message.length + at.text.length, `seed ${seed}: ${message.slice(0, 200)}`).toBeLessThan(5_000);
  }
  expect(slow).toEqual([]);
});
