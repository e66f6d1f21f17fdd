import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { guards } from '../../src/activities/trust/guards.js';
import { NOTIFY_SIGNAL } from '../../src/workflows/contracts/deliver-alerts.js';
import { LOOK_UPDATE } from '../../src/workflows/contracts/canary.js';
import { CONVERGE_UPDATE } from '../../src/workflows/contracts/identity.js';
import { PROGRESS_QUERY } from '../../src/workflows/contracts/operation.js';
import { ROTATION_CHANGED } from '../../src/workflows/contracts/rotation.js';
import { shapes } from '../../src/workflows/entry/shapes.js';
import { entryPoints, type WorkflowName } from '../builders/entry-points.js';

const folder = join(import.meta.dirname, '../../src/workflows');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .filter((path) => path !== join('entry', 'interceptors.ts'))
  .map((path) => readFileSync(join(folder, path), 'utf8'));

/** Names that the sources give by a constant. */
const constants: Readonly<Record<string, string>> = {
  PROGRESS_QUERY,
  CONVERGE_UPDATE,
  LOOK_UPDATE,
  ROTATION_CHANGED,
  NOTIFY_SIGNAL,
};

/** Every query, signal and update that the sources of the workflows define, as `query progress`; without the two that refuse. */
function defined(): string[] {
  return sources.flatMap((source) =>
    [...source.matchAll(/\bdefine(Query|Signal|Update)\b(?:<[^;]*?>)?\(\s*(?:'([^']+)'|(\w+))/g)].map(
      ([, kind = '', literal, constant = '']) => `${kind.toLowerCase()} ${literal ?? constants[constant] ?? constant}`,
    ),
  );
}

it('every query, signal and update of a workflow is in the table of entry points', () => {
  const listed = Object.values(entryPoints).flatMap(({ handlers }) => handlers);
  expect(defined().sort()).toEqual([...listed].sort());
});

it('no handler is set without its definition beside it', () => {
  const count = (pattern: RegExp) => sources.reduce((sum, source) => sum + (source.match(pattern)?.length ?? 0), 0);
  expect(count(/\bsetHandler\(/g)).toBe(defined().length);
  expect(count(/\bsetDefault(Query|Signal|Update)Handler\b/g)).toBe(0);
});

it.each(Object.entries(entryPoints))('the shapes of %s name its signals and updates', (name, { handlers }) => {
  const { signals = {}, updates = {} } = shapes[name as WorkflowName];
  const shaped = [
    ...Object.keys(signals).map((one) => `signal ${one}`),
    ...Object.keys(updates).map((one) => `update ${one}`),
  ];
  // Queries take no input.
  expect(shaped.sort()).toEqual(handlers.filter((one) => !one.startsWith('query ')).sort());
});

it('updates and signals carry nothing that an activity trusts: the activities behind them follow the log, or verify its seal', () => {
  expect(guards.sendAlert.by).toBe('seal');
  for (const name of ['readBypass', 'lookAtCanary', 'applyIdentity'] as const)
    expect(guards[name].by).toBe('follows the log');
});
