import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { notaryFiles } from '../../src/adapters/audit/notary-record.js';
import { notaryKey } from '../../src/adapters/audit/notary-key.js';
import { parseSignedCheckpoint, type SignedCheckpoint } from '../../src/domain/audit/checkpoint.js';
import { homeLayout } from '../../src/stack/home-layout.js';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

let stack: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let signed: SignedCheckpoint;
const keyFile = () => join(stack.home, 'notary.pub');

beforeAll(async () => {
  stack = startStack();
  upstream = await startUpstream('up');
  const create = ['create', 'route', '--domain', 'app.example.com', '--upstream', upstream.address];
  expect(await stack.run(...create, '--reason', 'first app')).toMatchObject({ status: 0 });
  expect(await stack.run(...create)).toMatchObject({ status: 4 });
});
afterAll(() => {
  stack.stop();
  upstream.close();
});

async function done(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await stack.run(...args);
  expect(status, `${args.join(' ')}\n${stderr}${stdout}`).toBe(0);
  return stdout;
}

async function verified(...args: string[]) {
  const { status, stdout, stderr } = await stack.run('audit', 'verify', ...args, '-o', 'json');
  return { status, stderr, report: JSON.parse(stdout || 'null') as object };
}

const linesOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('prints who did what, by which key, from where, why and with which result, a JSON object a line', async () => {
  const [created, refused] = linesOf(await done('audit', '--domain', 'app.example.com')) as [object, object];
  const key = { fingerprint: expect.stringMatching(/^SHA256:/) as string };
  const said = { machine: expect.any(String) as string, user: expect.any(String) as string };
  const by = { actor: 'tester', provenBy: 'operator-key', key, said, operation: 'route.create' };
  expect(created).toMatchObject({ ...by, reason: 'first app', changes: ['create Route app.example.com'] });
  expect(created).toMatchObject({ result: 'completed' });
  expect(refused).toMatchObject({ ...by, subject: 'app.example.com', result: 'refused', changeCount: 0 });
  expect(linesOf(await done('audit', '--outcome', 'refused'))).toEqual([refused]);
});

it('refuses an outcome that does not exist, and says that nothing matches', async () => {
  const wrong = await stack.run('audit', '--outcome', 'refusd');
  expect(wrong).toMatchObject({ status: 2, stdout: '' });
  expect(wrong.stderr).toContain('Did you mean refused?');
  const nobody = await stack.run('audit', '--operator', 'nobody');
  expect(nobody).toMatchObject({ status: 0, stdout: '' });
  expect(nobody.stderr).toContain('no operation matches: nobody made none');
});

it('prints a line for a person with --format table, and takes -o in both places', async () => {
  const table = await done('audit', '--format', 'table');
  expect(table).toMatch(
    /tester from \S+@\S+ {2}\[SHA256:\S+\] {2}route\.create {2}create Route app\.example\.com {2}completed/,
  );
  expect(await done('audit', '-o', 'table')).toBe(table);
  expect(await done('-o', 'table', 'audit')).toBe(table);
  const lines = await done('audit');
  expect(await done('audit', '-o', 'json')).toBe(lines);
  expect(await done('-o', 'json', 'audit')).toBe(lines);
});

it('signs the head of the log on demand, by the key that it prints', async () => {
  const note = await done('audit', 'checkpoint');
  signed = parseSignedCheckpoint(note) as SignedCheckpoint;
  expect(signed.size).toBeGreaterThanOrEqual(linesOf(await done('audit')).length);
  writeFileSync(keyFile(), await done('audit', 'key'));
  const verdict = await verified('--key', keyFile());
  expect(verdict).toMatchObject({ status: 0, report: { signatures: 'verified', fault: null, covered: { size: signed.size } } }); // prettier-ignore
  expect(await done('audit', 'verify', '--key', keyFile())).toMatch(/\nthe log is the one that the notary signed\n$/);
});

it('says that no signature was verified when no key is given', async () => {
  const { status, stdout } = await stack.run('audit', 'verify');
  expect(status).toBe(10);
  expect(stdout).toContain('signature not verified: no key given; only the chain was checked');
});

it('finds a log that was cut off, and one that was written anew, by a checkpoint that was kept elsewhere', async () => {
  const key = notaryKey(notaryFiles(homeLayout(stack.home).notary).key);
  const kept = (name: string, change: Partial<SignedCheckpoint>) => {
    writeFileSync(join(stack.home, name), key.sign({ ...signed, ...change }));
    return ['--key', keyFile(), '--checkpoint', join(stack.home, name)];
  };
  const longer = kept('longer.txt', { size: signed.size + 1_000 });
  expect(await verified(...longer)).toMatchObject({ status: 7, report: { fault: { kind: 'truncated' } } });
  const other = kept('other.txt', { root: new Uint8Array(32) });
  expect(await verified(...other)).toMatchObject({ status: 7, report: { fault: { kind: 'changed' } } });
  expect((await stack.run('audit', 'verify', ...other)).stdout).toContain(
    'the log is not the one that was there before',
  );
  const elsewhere = ['--checkpoint', join(stack.home, 'missing.txt')];
  expect(await verified(...elsewhere)).toMatchObject({ status: 3 });
});

it('is part of the health: of a fresh stack, and of one whose notary does not sign', async () => {
  const findings = async () => {
    const { stdout } = await stack.run('read', 'health', '-o', 'json');
    return (JSON.parse(stdout) as { findings: { area: string; name: string; level: string; detail: string }[] })
      .findings;
  };
  const notary = async () => (await findings()).find(({ name }) => name === 'notary');
  expect(await notary()).toMatchObject({ area: 'component', level: 'ok' });
  // The next notary reads a record by which the log had more messages.
  const { leaves } = notaryFiles(homeLayout(stack.home).notary);
  const pid = stack.pidOf('notary');
  process.kill(pid, 'SIGSTOP');
  writeFileSync(leaves, Buffer.alloc(40 * (signed.size + 100), 7));
  process.kill(pid, 'SIGKILL');
  const bad = await eventually(notary, (one) => one?.level === 'fail', 60_000);
  expect(bad?.detail).toContain('the log is not the one that it signed before');
  expect(await stack.run('audit', 'checkpoint')).toMatchObject({ status: 7 });
});

it('cannot be verified while NATS is stopped, which is no fault of the log', async () => {
  stack.hecate('down');
  expect(await verified('--key', keyFile())).toMatchObject({ status: 6 });
});
