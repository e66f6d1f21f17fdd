import { expect, it } from 'vitest';
import { readFile, takeFiles } from '../../../src/client/input/files.js';
import { flagsOf, inputOf } from '../../../src/client/input/flags.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';

const flags = flagsOf(updateRoute);
const files: Record<string, string> = {
  'c.pem': 'not a certificate, but a SECRET',
  'k.pem': 'a SECRET',
  '-': 'from stdin',
};
const taking = {
  read(path: string) {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return content;
  },
  newId: () => 'b'.repeat(24),
};

it('puts the content of a file into the input, and an id where it is secret', () => {
  const { options, secrets } = takeFiles(flags, { domain: 'a.b', tlsCert: 'c.pem', tlsKey: 'k.pem' }, taking);
  expect(options).toEqual({ domain: 'a.b', tlsCert: files['c.pem'], tlsKey: 'b'.repeat(24) });
  expect([...secrets]).toEqual([['b'.repeat(24), 'a SECRET']]);
});

it('reads standard input, and no file for none', () => {
  const { options, secrets } = takeFiles(flags, { tlsCert: 'none', tlsKey: '-' }, taking);
  expect(options['tlsCert']).toBe('none');
  expect([...secrets.values()]).toEqual(['from stdin']);
});

it('names the flag and the file that cannot be read', () => {
  expect(() => takeFiles(flags, { tlsKey: 'x.pem' }, taking)).toThrow('cannot read --tls-key x.pem: no such file');
});

it('never shows what is in a file that is refused', () => {
  const { options } = takeFiles(flags, { domain: 'a.b', tlsCert: 'c.pem' }, taking);
  expect(() => inputOf(updateRoute, flags, options)).toThrow(/^--tls-cert: no certificate/);
});

it('does not read a file without an end', () => {
  const endless = () => takeFiles(flags, { tlsKey: '/dev/zero' }, { ...taking, read: readFile });
  expect(endless).toThrow('--tls-key /dev/zero: the file is larger than 1 MiB');
});
