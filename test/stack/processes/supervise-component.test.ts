import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PatientError, type Component } from '../../../src/stack/components/component.js';
import { homeLayout } from '../../../src/stack/home-layout.js';
import { identify, isAlive } from '../../../src/stack/processes/process-identity.js';
import { superviseComponent, usualPace, type Supervised } from '../../../src/stack/processes/supervise-component.js';

const quick = { ...usualPace, checkMs: 10, recheckMs: 10, hungMs: 50, firstBackOffMs: 10, longestBackOffMs: 50 };
const layout = homeLayout(mkdtempSync(join(tmpdir(), 'hecate-supervise-')));
mkdirSync(layout.logs, { recursive: true });
const running: Supervised[] = [];

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
  rmSync(layout.log('nats'), { force: true });
});

/** A component whose process sleeps; `works` decides what a check finds. */
function supervised(
  parts: Partial<Component> = {},
  more: Partial<Parameters<typeof superviseComponent>[0]> = {},
): Supervised {
  const component: Component = {
    name: 'nats',
    version: null,
    prepare: async () => undefined,
    launch: { file: process.execPath, args: ['-e', 'setInterval(() => undefined, 1000)'] },
    check: async () => undefined,
    ...parts,
  };
  const one = superviseComponent({ component, layout, onChange: () => undefined, pace: quick, ...more });
  running.push(one);
  one.start();
  return one;
}

const log = () => readFileSync(layout.log('nats'), 'utf8');

describe('a supervised component', () => {
  it('that was stopped by a signal is killed and started again', async () => {
    const one = supervised();
    await one.firstRunning;
    const pid = one.status().pid!;
    process.kill(pid, 'SIGSTOP');
    await vi.waitFor(() => expect(one.status()).toMatchObject({ state: 'running' }), 10_000);
    await vi.waitFor(() => expect(one.status().pid).not.toBe(pid), 10_000);
    await vi.waitFor(() => expect(one.status().state).toBe('running'), 10_000);
    expect(identify(pid)).toBeNull();
    expect(log()).toContain('was stopped by a signal (SIGSTOP); killing process');
  });

  it('that exists but no longer does its work is hung, then killed and started again, with the reason', async () => {
    let hung: number | null = null;
    const states: string[] = [];
    const one = supervised(
      { check: async (pid) => (pid === hung ? Promise.reject(new Error('takes no message')) : undefined) },
      { onChange: () => states.push(`${one?.status().state} ${one?.status().problem ?? ''}`) },
    );
    await one.firstRunning;
    hung = one.status().pid;
    await vi.waitFor(() => expect(one.status().pid).not.toBe(hung), 10_000);
    await vi.waitFor(() => expect(one.status().state).toBe('running'), 10_000);
    expect(states).toContain('hung takes no message');
    expect(one.status()).not.toHaveProperty('problem');
  });

  it('is not called hung for one check that fails, since a busy machine may break one connection', async () => {
    let checks = 0;
    const states: string[] = [];
    const check = async () => {
      checks += 1;
      if (checks === 5) throw new Error('write EPIPE');
    };
    const one = supervised({ check }, { onChange: () => states.push(one?.status().state) });
    await one.firstRunning;
    await vi.waitFor(() => expect(checks).toBeGreaterThan(8), 10_000);
    expect(states).not.toContain('hung');
  });

  it('that gives no answer at all is hung too', async () => {
    let hung: number | null = null;
    const one = supervised(
      { check: (pid) => (pid === hung ? new Promise(() => undefined) : Promise.resolve()) },
      { pace: { ...quick, checkTimeoutMs: 30 } },
    );
    await one.firstRunning;
    hung = one.status().pid;
    await vi.waitFor(() => expect(one.status().pid).not.toBe(hung), 10_000);
    expect(log()).toContain('gives no answer within');
  });

  it('is not killed while a cause is known that a restart does not remove, which it shows as its problem', async () => {
    let works = true;
    let disk: string | null = null;
    let checks = 0;
    const check = async () => {
      checks += 1;
      if (!works) throw new Error('takes no message');
    };
    const one = supervised({ check }, { commonCause: () => disk });
    await one.firstRunning;
    const { pid } = one.status();
    [works, disk] = [false, 'the disk of /data is full'];
    await vi.waitFor(() => expect(one.status()).toMatchObject({ state: 'hung', problem: disk }), 10_000);
    const before = checks;
    // Many times the checks and the time after which it would be killed.
    await vi.waitFor(() => expect(checks).toBeGreaterThan(before + 20), 10_000);
    expect(one.status().pid).toBe(pid);
    disk = null;
    await vi.waitFor(() => expect(one.status().pid).not.toBe(pid), 10_000);
  });

  it('gets the time that its failed check asks for', async () => {
    let works = true;
    let checks = 0;
    const check = async () => {
      checks += 1;
      if (!works) throw new PatientError('its admin endpoint does not answer', 60_000);
    };
    const one = supervised({ check });
    await one.firstRunning;
    const { pid } = one.status();
    works = false;
    await vi.waitFor(() => expect(one.status().state).toBe('hung'), 10_000);
    const before = checks;
    await vi.waitFor(() => expect(checks).toBeGreaterThan(before + 20), 10_000);
    expect(one.status().pid).toBe(pid);
  });

  it('that another supervisor left running is adopted, and started again when it ends', async () => {
    const first = supervised();
    await first.firstRunning;
    const left = first.identity()!;
    const second = supervised({}, { adopted: left });
    await second.firstRunning;
    expect(second.identity()).toEqual(left);
    expect(log()).toContain(`goes on with process ${left.pid}`);
    await first.stop();
    await vi.waitFor(() => expect(second.status()).toMatchObject({ state: 'running' }), 10_000);
    await vi.waitFor(() => expect(second.identity()?.pid).not.toBe(left.pid), 10_000);
    expect(isAlive(left)).toBe(false);
  });

  it('is restarted once for a damaged file that its start replaces, and never again for one that it does not', async () => {
    let starts = 0;
    const one = supervised({
      prepare: async () => void (starts += 1),
      mend: () => ({ problem: 'worker.seed is empty', remedy: 'restart' }),
    });
    await one.firstRunning;
    await vi.waitFor(() => expect(one.status()).toMatchObject({ state: 'running', problem: 'worker.seed is empty' }));
    expect(starts).toBe(2);
  });

  it('runs without a log when the log cannot be written', async () => {
    const full = homeLayout('/dev/full');
    const one = supervised({}, { layout: { ...full, log: () => '/dev/full/none.log' } });
    await one.firstRunning;
    expect(one.status().state).toBe('running');
  });
});
