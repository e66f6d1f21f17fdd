import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readExported, readFolder, writeFolder } from '../../../src/adapters/manifests/index.js';
import type { ManifestResource } from '../../../src/domain/manifests/manifest.js';
import { route } from '../../builders/log.js';

const resource = (domain: string, upstream = 'a:1'): ManifestResource => ({
  kind: 'Route',
  name: domain,
  value: route(domain, { upstream }),
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-export-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string) => join(folder, 'routes', `${name}.yaml`);

describe('an export', () => {
  it('writes one file each, which read back as the same', () => {
    const resources = [resource('*.example.com'), resource('app.example.com')];
    expect(writeFolder(folder, resources).written).toEqual([
      'routes/_.example.com.yaml',
      'routes/app.example.com.yaml',
    ]);
    const { resources: read, problems } = readFolder(folder);
    expect(problems).toEqual([]);
    expect(read.map(({ kind, name, value }) => ({ kind, name, value }))).toEqual(resources);
  });

  it('makes the folders above it, and says where it cannot', () => {
    expect(writeFolder(join(folder, 'x/y/z'), [resource('a.example.com')]).written).toHaveLength(1);
    writeFileSync(join(folder, 'file'), '');
    expect(() => writeFolder(join(folder, 'file/y'), [resource('a.example.com')])).toThrow(
      /file\/y cannot be written \((ENOTDIR|EEXIST)\)/,
    );
  });

  it('looks only at what lies where it writes', () => {
    writeFolder(folder, [resource('a.example.com')]);
    for (const path of ['node_modules/x', 'routes/node_modules', 'routes/.old']) {
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(join(folder, path, 'bad.yaml'), 'kind: [');
    }
    writeFileSync(join(folder, 'package.json'), '{"name": "site"}');
    writeFileSync(join(folder, 'routes', 'package.json'), '{"name": "site"}');
    expect(readExported(folder, () => [])).toMatchObject({ problems: [], resources: [{ name: 'a.example.com' }] });
    writeFileSync(file('bad'), 'kind: [');
    expect(readExported(folder, () => []).problems.map(({ at }) => at.path)).toContain(file('bad'));
    expect(readExported(join(folder, 'nowhere'), () => []).files).toBe(0);
  });

  it('writes again only what changed, and removes nothing', () => {
    writeFolder(folder, [resource('a.example.com'), resource('b.example.com'), resource('gone.example.com')]);
    expect(writeFolder(folder, [resource('a.example.com'), resource('b.example.com', 'b:2')])).toEqual({
      written: ['routes/b.example.com.yaml'],
      unchanged: ['routes/a.example.com.yaml'],
    });
    expect(readdirSync(join(folder, 'routes'))).toContain('gone.example.com.yaml');
  });

  it('overwrites neither foreign files nor edited ones unless told so, and then writes nothing', () => {
    writeFolder(folder, [resource('a.example.com'), resource('b.example.com')]);
    writeFileSync(file('a.example.com'), readFileSync(file('a.example.com'), 'utf8').replace('a:1', 'mine:1'));
    writeFileSync(file('c.example.com'), '# mine\n');
    const next = ['a', 'b', 'c'].map((name) => resource(`${name}.example.com`, 'new:1'));
    expect(() => writeFolder(folder, next)).toThrow(expect.objectContaining({ kind: 'conflict' }));
    expect(() => writeFolder(folder, next)).toThrow(/a\.example\.com\.yaml\n.*c\.example\.com\.yaml$/);
    expect(readFileSync(file('b.example.com'), 'utf8')).toContain('a:1');
    expect(writeFolder(folder, next, { overwrites: true }).written).toHaveLength(3);
  });

  it('never writes through a link that leads out', () => {
    const outside = mkdtempSync(join(tmpdir(), 'hecate-outside-'));
    symlinkSync(outside, join(folder, 'routes'));
    expect(() => writeFolder(folder, [resource('a.example.com')])).toThrow('leads out');
    expect(readdirSync(outside)).toEqual([]);
    rmSync(outside, { recursive: true });
  });

  it('gives the longest domain a name that a file system takes', () => {
    const long = `${Array(4).fill('a'.repeat(60)).join('.')}.example`;
    expect(writeFolder(folder, [resource(long)]).written).toHaveLength(1);
  });
});
