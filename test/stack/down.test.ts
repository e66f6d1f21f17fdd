import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { down } from '../../src/stack/down.js';
import { homeLayout, type HomeLayout } from '../../src/stack/home-layout.js';
import { mountPoints } from '../../src/stack/processes/mount-points.js';
import { makeHome } from '../../src/stack/settings/prepare-stack.js';

let folder: string;
let layout: HomeLayout;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-down-'));
  layout = homeLayout(join(folder, 'home'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const purge = (home: string) => down({ env: { HECATE_HOME: home }, purge: true });

describe('down --purge', () => {
  it('deletes a home', async () => {
    makeHome(layout);
    await purge(layout.home);
    expect(existsSync(layout.home)).toBe(false);
  });

  it('deletes nothing through a link to a home, and names the home', async () => {
    makeHome(layout);
    const link = join(folder, 'link');
    symlinkSync(layout.home, link);
    await expect(purge(link)).rejects.toMatchObject({
      kind: 'invalid',
      message: `the stack is stopped; ${link} is a link to ${layout.home}, so nothing was deleted`,
      details: { hint: `To delete the home itself: HECATE_HOME=${layout.home} hecate down --purge` },
    });
    expect(existsSync(layout.marker)).toBe(true);
  });

  it('deletes a link inside of a home, not what it leads to', async () => {
    makeHome(layout);
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'kept'), '');
    symlinkSync(other, layout.caddy);
    symlinkSync(other, join(layout.logs, 'link'));
    await purge(layout.home);
    expect([existsSync(layout.home), existsSync(join(other, 'kept'))]).toEqual([false, true]);
  });

  it('deletes no folder that a file of the home names and that others may read or that is a link', async () => {
    for (const [name, make] of [
      ['open', (path: string) => mkdirSync(path, { mode: 0o755 })],
      ['link', (path: string) => symlinkSync(folder, path)],
    ] as const) {
      makeHome(layout);
      mkdirSync(layout.caddy, { recursive: true });
      make(join(folder, name));
      writeFileSync(layout.caddySocketFolder, join(folder, name));
      await purge(layout.home);
      expect(existsSync(join(folder, name))).toBe(true);
    }
  });
});

it('closes an existing home to other users', () => {
  mkdirSync(layout.home);
  chmodSync(layout.home, 0o755);
  makeHome(layout);
  expect(statSync(layout.home).mode & 0o777).toBe(0o700);
});

it('reads mount points, with spaces in their paths', () => {
  const file = join(folder, 'mountinfo');
  writeFileSync(
    file,
    '36 35 98:0 /mnt1 /mnt\\040two rw,noatime master:1 - ext3 /dev/root rw\n37 35 0:5 / /home/h/nats rw - tmpfs tmpfs rw\n',
  );
  expect(mountPoints(file)).toEqual(['/mnt two', '/home/h/nats']);
  expect(mountPoints(join(folder, 'missing'))).toEqual([]);
});
