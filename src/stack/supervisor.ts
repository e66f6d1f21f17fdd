// Entry of the supervisor process, which keeps the stack of one home running until SIGTERM. Imports only src/stack.
import { homeLayout } from './home-layout.js';
import { componentsOf } from './components/all-components.js';
import { readJson, writeJson } from '../adapters/files/private-files.js';
import { identify } from './processes/process-identity.js';
import type { StackSettings } from './settings/stack-settings.js';
import type { ComponentStatus } from './health/stack-status.js';
import { superviseComponent, type Supervised } from './processes/supervise-component.js';

const home = process.argv[2];
if (home === undefined) throw new Error('usage: supervisor HOME');
orExit(main(home));

async function main(home: string): Promise<void> {
  const layout = homeLayout(home);
  const settings = readJson<StackSettings>(layout.settings);
  if (settings === null) throw new Error(`${layout.settings} is missing; hecate up writes it and starts this process`);
  const supervised: Supervised[] = [];
  const publish = () => {
    writeJson(layout.processes, {
      supervisor: identify(process.pid),
      children: supervised.flatMap((one) => one.identity() ?? []),
    });
    writeJson(layout.status, supervisedStatus(settings, supervised));
  };
  for (const component of componentsOf(settings)) supervised.push(superviseComponent(component, layout, publish));
  publish();

  const stop = async () => {
    for (const one of [...supervised].reverse()) await one.stop();
    publish();
    process.exit(0);
  };
  let stopping: Promise<void> | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void (stopping ??= stop()));
  process.on('SIGHUP', () => undefined);

  // Start the worker last, because it needs all others.
  for (const one of supervised.filter(({ name }) => name !== 'worker')) one.start();
  await Promise.all(supervised.filter(({ name }) => name !== 'worker').map((one) => one.firstRunning));
  if (!stopping) supervised.find(({ name }) => name === 'worker')?.start();
}

function supervisedStatus(settings: StackSettings, supervised: readonly Supervised[]): readonly ComponentStatus[] {
  return settings.components.map((name) => {
    const one = supervised.find((candidate) => candidate.name === name);
    return one?.status() ?? { name, state: 'external', pid: null, version: null };
  });
}

/** Writes a fatal error into the supervisor's log and exits with 70. The next `up` starts another supervisor. */
function orExit(running: Promise<void>): void {
  running.catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(70);
  });
}
