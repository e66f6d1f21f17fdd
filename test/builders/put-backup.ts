// A program for tests: puts the file of a record at a destination, and makes it the latest.
import { createOpenStore } from '../../src/adapters/backup/stores/open-store.js';
import type { BackupRecord } from '../../src/domain/backup/manifest.js';
import { latestOf } from './backup-records.js';

const [destination = '', path = '', text = ''] = process.argv.slice(2);
const record = JSON.parse(text) as BackupRecord;

async function put(): Promise<void> {
  const store = await createOpenStore({ reserved: [], env: process.env })(destination, null);
  await store.put(path, record, {});
  await store.setLatest(latestOf(record));
}

put().catch((error: unknown) => {
  const { kind = '', message = String(error) } = error as { kind?: string; message?: string };
  process.stderr.write(`${kind}: ${message}\n`);
  process.exitCode = 1;
});
