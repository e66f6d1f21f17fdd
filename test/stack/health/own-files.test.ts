import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { damagedFiles } from '../../../src/stack/health/own-files.js';
import { homeLayout } from '../../../src/stack/home-layout.js';

const layout = homeLayout(mkdtempSync(join(tmpdir(), 'hecate-files-')));

it.each([
  ...[layout.connections, layout.ports, layout.settings, layout.processes, layout.status, layout.logHead, layout.logId],
  ...[layout.natsAccepted, layout.workerSeals],
  ...[layout.natsSeed('admin'), layout.natsSeed('worker'), layout.natsSeed('cli'), layout.natsSeed('sys')],
  ...[layout.roleId, layout.secretId, layout.cliRoleId, layout.cliSecretId, layout.authentikToken],
])('%s is named when it is empty, and not when it is missing', (path) => {
  expect(damagedFiles(layout)).not.toContain(`${path} is empty`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  expect(damagedFiles(layout)).toContain(`${path} is empty`);
});
