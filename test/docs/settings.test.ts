import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
/** `bin/eos` tells the command line by it under which name it runs. */
const INTERNAL = ['HECATE_PROGRAM'];

it('docs/reference/settings.md names every setting that the code reads', () => {
  const page = readFileSync(join(root, 'docs/reference/settings.md'), 'utf8');
  const missing = [...settingsOf(join(root, 'src'))].filter((name) => !page.includes(`\`${name}\``));
  expect(missing.filter((name) => !INTERNAL.includes(name))).toEqual([]);
});

function settingsOf(folder: string): ReadonlySet<string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Set(
    files.flatMap(({ parentPath, name }) =>
      [...readFileSync(join(parentPath, name), 'utf8').matchAll(/'(HECATE_[A-Z_]+)'/g)].map(([, found]) => found ?? ''),
    ),
  );
}
