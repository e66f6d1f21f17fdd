import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parseEntry } from '../../../src/adapters/traffic/access-entry.js';
import { createCanaryRequests } from '../../../src/adapters/traffic/canary-requests.js';
import { countingFigures } from '../../../src/domain/traffic/figures.js';

const MARK = 'mb3k9z10';
const line = (fields: object) => JSON.stringify({ ts: 100, duration: 0.01, status: 200, ...fields });

it('counts the visitors of both sides, and no visit of Hecate’s own, as the figures do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hecate-traffic-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'access.log');
  const lines = [
    line({ hecate_side: `${MARK}/stable` }),
    line({ hecate_side: `${MARK}/canary`, status: 502 }),
    line({ hecate_side: `${MARK}/canary`, status: 502, hecate_error: 'invalid byte in chunk length' }),
    line({ hecate_side: 'another/canary' }),
    line({ hecate_side: `${MARK}/stable`, hecate_own: '1' }),
    line({ hecate_own: '1', hecate_side: `${MARK}/canary`, status: 502 }),
  ];
  writeFileSync(file, lines.map((one) => `${one}\n`).join(''));
  const traffic = await createCanaryRequests('caddy', file).traffic({ mark: MARK, sinceMs: 0, slowOverMs: null });
  expect(traffic).toMatchObject({ stable: { requests: 1, errors: 0 }, canary: { requests: 2, errors: 1 } });
  const figures = countingFigures();
  for (const entry of lines.map(parseEntry)) if (entry !== null && !entry.isOwn) figures.add(entry);
  const { [`${MARK}/stable`]: stable, [`${MARK}/canary`]: canary } = figures.figures().sides;
  expect(traffic).toMatchObject({ stable, canary });
});
