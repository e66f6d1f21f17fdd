import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isManifestPath, readFolder } from '../../../src/adapters/manifests/index.js';

const policy = (name: string) => `apiVersion: hecate.io/v1\nkind: AuthPolicy\nmetadata: {name: ${name}}\nspec: {}\n`;

let home: string;
let root: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hecate-manifests-'));
  root = join(home, '.hecate');
  mkdirSync(root);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(path: string, text: string | Uint8Array): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const read = () => {
  const { resources, problems } = readFolder(root);
  return {
    names: resources.map(({ name, at }) => `${relative(root, at.path)}: ${name}`),
    problems: problems.map(({ code, message, at }) => `${relative(root, at.path)} ${code} ${message}`),
  };
};

describe('a folder of manifests', () => {
  it('is read with all that lies below it but what is hidden, also when it is hidden itself', () => {
    write('policies/b.yml', policy('b'));
    write('a.yaml', policy('a'));
    write('c.json', '{"apiVersion":"hecate.io/v1","kind":"AuthPolicy","metadata":{"name":"c"},"spec":{}}');
    write('.git/d.yaml', policy('d'));
    write('.e.yaml', policy('e'));
    write('README.md', 'kind: nothing');
    expect(read()).toEqual({ names: ['a.yaml: a', 'c.json: c', 'policies/b.yml: b'], problems: [] });
  });

  it('is the .hecate of a repository or folder that has one, as for its URL', () => {
    write('a.yaml', policy('a'));
    writeFileSync(join(home, 'other.yaml'), policy('other'));
    const { resources, problems } = readFolder(home);
    expect([resources.map(({ at }) => at.path), problems]).toEqual([[join(root, 'a.yaml')], []]);
  });

  it.each([
    ['checked out', (folder: string) => writeFileSync(join(folder, '.git'), 'gitdir: ../.git/modules/sub')],
    ['not checked out', () => undefined],
  ])('has no submodules: one that is %s is a problem, as for the URL', (_what, fill) => {
    mkdirSync(join(home, '.git'));
    writeFileSync(join(home, '.gitmodules'), '[submodule "sub"]\n\tpath = .hecate/sub\n\turl = ../sub.git\n');
    write('a.yaml', policy('a'));
    mkdirSync(join(root, 'sub'));
    fill(join(root, 'sub'));
    expect(read()).toEqual({
      names: ['a.yaml: a'],
      problems: ['sub HEC002 Git submodules are not read; commit the files themselves'],
    });
    expect(readFolder(home).problems).toMatchObject([{ code: 'HEC002', at: { path: join(root, 'sub') } }]);
  });

  it('is told of on one line, whatever its files are called', () => {
    write('a\nb.yaml', 'kind: [');
    const [problem] = read().problems;
    expect(problem).toContain('a\\nb.yaml HEC003');
  });

  it('may have links that stay inside, as a mounted volume has them', () => {
    write('..2026/a.yaml', policy('a'));
    symlinkSync('..2026', join(root, '..data'));
    symlinkSync('..data/a.yaml', join(root, 'a.yaml'));
    symlinkSync('a.yaml', join(root, 'again.yaml'));
    mkdirSync(join(root, 'round'));
    symlinkSync('..', join(root, 'round', 'trip'));
    expect(read()).toEqual({ names: ['a.yaml: a'], problems: [] });
  });

  it('has no links that lead out', () => {
    writeFileSync(join(home, 'secret.yaml'), policy('secret'));
    symlinkSync('../secret.yaml', join(root, 'link.yaml'));
    symlinkSync('/', join(root, 'everything'));
    symlinkSync('nowhere.yaml', join(root, 'broken.yaml'));
    expect(read()).toEqual({
      names: [],
      problems: [
        'broken.yaml HEC001 it cannot be read: it does not exist (ENOENT)',
        'everything HEC002 this symbolic link points outside the folder; replace it with the file itself',
        'link.yaml HEC002 this symbolic link points outside the folder; replace it with the file itself',
      ],
    });
  });

  it('has no file of 100 MB, and no file in another encoding', () => {
    truncateSync(write('large.yaml', ''), 100_000_000);
    write('latin.yaml', new Uint8Array([0x6b, 0xe4, 0x3a]));
    expect(read().problems).toEqual([
      'large.yaml HEC001 the file has 96 MiB, but the limit is 32 MiB; split it',
      'latin.yaml HEC001 the file is not UTF-8; save it as UTF-8',
    ]);
  });

  it('is named in every path as it was given', () => {
    write('a.yaml', policy('a'));
    write('b.yaml', policy('a'));
    symlinkSync('nowhere.yaml', join(root, 'c.yaml'));
    const given = relative(process.cwd(), root);
    const [twice, broken] = readFolder(given).problems;
    expect(twice?.at.path).toBe(join(given, 'b.yaml'));
    expect(twice?.message).toContain(`already described at ${join(given, 'a.yaml')}:3:18`);
    expect(broken?.at.path).toBe(join(given, 'c.yaml'));
  });

  it('must be there, and be a folder', () => {
    const file = write('a.yaml', '');
    expect(() => readFolder(join(root, 'none'))).toThrow(expect.objectContaining({ kind: 'missing' }));
    expect(() => readFolder(file)).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});

describe('a path in a Git tree', () => {
  it.each(['a.yaml', 'routes/a.yml', 'b.json'])('is read: %s', (path) => expect(isManifestPath(path)).toBe(true));
  it.each(['a.txt', '.github/a.yaml', 'routes/.a.yaml', 'yaml'])('is left out: %s', (path) =>
    expect(isManifestPath(path)).toBe(false),
  );
});
