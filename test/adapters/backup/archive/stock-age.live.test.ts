import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityToRecipient } from 'age-encryption';
import { expect, it } from 'vitest';
import { stockAge } from '../../../servers/stock-age.js';
import { IDENTITY, part, read, temporaryFolder, write } from './build.js';

const parts = [
  part('state/routes/app.example.com.yaml', 'kind: Route\n'),
  part(`caddy/${'a'.repeat(200)}/${'b'.repeat(200)}.crt`, 'certificate'),
  part('log/000000001-000000300.jsonl', '{"sequence":1}\n'.repeat(20_000)),
];

it('is opened by the real age and tar, and what they pack again is read', async () => {
  const age = stockAge();
  const recipient = await identityToRecipient(IDENTITY);
  const folder = temporaryFolder();
  const [key, plain, opened] = [join(folder, 'key.txt'), join(folder, 'x.tar.gz'), join(folder, 'opened')];
  writeFileSync(key, `${IDENTITY}\n`);
  execFileSync(age, ['--decrypt', '--identity', key, '--output', plain, await write(parts, [recipient])]);
  mkdirSync(opened);
  execFileSync('tar', ['--extract', '--gzip', '--file', plain, '--directory', opened]);
  for (const { path, content } of parts) {
    expect(readFileSync(join(opened, path), 'utf8')).toBe(Buffer.from(content).toString());
  }
  expect(readFileSync(join(opened, 'README.txt'), 'utf8')).toContain('age --decrypt');
  const again = join(folder, 'again.tar.gz');
  const paths = ['README.txt', ...parts.map(({ path }) => path), 'manifest.json'];
  execFileSync('tar', ['--create', '--gzip', '--file', again, '--directory', opened, ...paths]);
  execFileSync(age, ['--recipient', recipient, '--output', `${again}.age`, again]);
  const { parts: found } = await read(`${again}.age`, [IDENTITY]);
  expect(Object.keys(found)).toEqual(parts.map(({ path }) => path));
});
