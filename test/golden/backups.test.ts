import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createArchives } from '../../src/adapters/backup/archive/index.js';
import { openBackup } from '../../src/adapters/backup/opened/open-backup.js';
import { createOpenStore } from '../../src/adapters/backup/stores/open-store.js';
import { all, emptyState } from '../../src/domain/log/state.js';

const golden = join(import.meta.dirname, 'backups');
const formats = readdirSync(golden).filter((name) => name.startsWith('format-'));
const spoolFolder = mkdtempSync(join(tmpdir(), 'hecate-golden-'));
afterAll(() => rmSync(spoolFolder, { recursive: true, force: true }));

it.each(formats)('a backup of %s opens, with its state, secrets and certificates', async (format) => {
  const folder = join(golden, format);
  const last = readdirSync(folder).find((name) => /incremental.*\.age$/.test(name)) ?? '';
  const identity = /^AGE-SECRET-KEY-\S+$/m.exec(readFileSync(join(folder, 'identity.txt'), 'utf8'))?.[0] ?? '';
  const opened = await openBackup(join(folder, last), {
    archives: createArchives(),
    openStore: (place) => createOpenStore({ reserved: [], env: {} })(place, null),
    identities: [identity],
    spoolFolder,
  });
  try {
    expect(opened.links).toHaveLength(2);
    const routes = all(opened.state ?? emptyState, 'Route').map(({ name, value }) => [name, value.middleware.length]);
    expect(routes).toEqual([['shop.example.com', 1]]);
    expect(opened.parts('secrets/').length).toBeGreaterThan(5);
    expect(opened.parts('caddy/').length).toBeGreaterThan(3);
    expect(opened.parts('identities/').length).toBeGreaterThan(5);
  } finally {
    await opened.close();
  }
});
