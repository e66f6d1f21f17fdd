import { existsSync } from 'node:fs';
import { notaryProblems, readNotaryStatus } from '../adapters/audit/notary-status.js';
import { readJson } from '../adapters/files/private-files.js';
import { componentsOf } from './components/all-components.js';
import { diskProblem } from './health/disk-space.js';
import { damagedFiles } from './health/own-files.js';
import { stackStatus, type ComponentStatus, type StackStatus } from './health/stack-status.js';
import { readWorkerReport } from './health/worker-report.js';
import { componentNames, homeLayout, type HomeLayout } from './home-layout.js';
import { defaultConnections, hecateHome, loadConnections } from './load-connections.js';
import { isStopped } from './processes/process-identity.js';
import { runningChildren, runningSupervisor, supervisorState } from './processes/recorded-processes.js';
import { guardSupervisor, type Guarded } from './processes/start-supervisor.js';
import { checked } from './processes/supervise-component.js';
import { isSameVersion, ownVersion, versionText } from './settings/package-root.js';
import { readSettings } from './settings/stack-settings.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Longest wait (ms) for a component's answer. */
const ANSWER_MS = 5_000;

/** Reads the status that the supervisor wrote, also of a stopped stack. Contacts no server. */
export function readStatus(env: Env): StackStatus {
  const home = hecateHome(env);
  const layout = homeLayout(home);
  const supervisor = runningSupervisor(layout);
  const components: ComponentStatus[] = [
    {
      name: 'supervisor',
      state: supervisor ? 'running' : 'stopped',
      pid: supervisor?.pid ?? null,
      version: supervisor?.runs?.version ?? null,
    },
    ...componentsIn(layout, supervisor !== null),
  ];
  return stackStatus(components, loadConnections(env) ?? defaultConnections(home));
}

/**
 * Returns the status of a home's stack as it is at this moment: asks each component that runs here for its work, and looks at
 * the disk and at Hecate's own files. Replaces a supervisor that was killed or hangs. Takes up to 8 s when something hangs.
 */
export async function status(env: Env): Promise<StackStatus> {
  const layout = homeLayout(hecateHome(env));
  const damaged = existsSync(layout.run) ? damagedFiles(layout) : [];
  const supervisor = await supervisorState(layout);
  const now = readStatus(env);
  const components = await Promise.all(now.components.map((one) => asked(one, layout, supervisor)));
  const guarded = supervisor === 'running' ? 'fine' : await guardSupervisor(layout);
  const disk = now.components.some(({ pid }) => pid !== null) ? diskProblem(layout) : null;
  const signing = now.components.some(({ name, pid }) => name === 'notary' && pid !== null) ? notaryOf(layout) : [];
  const problems = [disk, supervisorProblem(supervisor, guarded), ...damaged, ...signing].filter((one) => one !== null);
  return {
    ...now,
    components: disk === null ? components : components.map((one) => withoutSpace(one, disk)),
    problems,
    notes: supervisor === 'running' ? [...versionNotes(layout), ...(readWorkerReport(layout)?.warnings ?? [])] : [],
  };
}

/** Returns why the notary does not sign, and which witnesses lack its newest checkpoint. */
function notaryOf({ notary }: HomeLayout): readonly string[] {
  const written = readNotaryStatus(notary);
  return written === null ? [] : notaryProblems(written);
}

/** Servers that store each change before they answer. Without space they take none, whatever else they answer. */
const STORING: readonly string[] = ['temporal', 'nats', 'openbao'];

function withoutSpace(one: ComponentStatus, disk: string): ComponentStatus {
  return one.state === 'running' && STORING.includes(one.name) ? { ...one, state: 'hung', problem: disk } : one;
}

/** Asks one component for its work. */
async function asked(
  one: ComponentStatus,
  layout: HomeLayout,
  supervisor: 'running' | 'hung' | 'stopped',
): Promise<ComponentStatus> {
  const { name, pid } = one;
  if (name === 'supervisor') return supervisor === 'hung' ? { ...one, state: 'hung' } : one;
  const settings = readSettings(layout);
  if (pid === null || settings === null || one.state === 'starting') return one;
  if (isStopped(pid)) return { ...one, state: 'hung', problem: 'was stopped by a signal (SIGSTOP)' };
  const component = componentsOf(settings).find((candidate) => candidate.name === name);
  const failed = component && (await checked(component, pid, ANSWER_MS));
  if (!failed) return one;
  return { ...one, state: one.state === 'running' ? 'hung' : one.state, problem: one.problem ?? failed.message };
}

function supervisorProblem(state: 'running' | 'hung' | 'stopped', guarded: Guarded): string | null {
  if (state === 'running' || guarded === 'fine') return null;
  const what = state === 'hung' ? 'the supervisor hung' : 'the supervisor was killed';
  if (guarded === 'replaced') return `${what}; started it again, while the servers went on`;
  if (guarded === 'busy') return `${what}; another process is starting it again`;
  return `${what}, and its settings are damaged; start it again: hecate up`;
}

/** Says that supervisor or worker run another version than this command. */
function versionNotes(layout: HomeLayout): readonly string[] {
  const own = ownVersion();
  const supervisor = runningSupervisor(layout);
  const running = { supervisor: supervisor && (supervisor.runs ?? null), worker: readWorkerReport(layout)?.runs };
  return Object.entries(running).flatMap(([name, runs]) =>
    (name === 'supervisor' ? supervisor === null : runs === undefined) || isSameVersion(runs, own)
      ? []
      : [`the ${name} runs ${versionText(runs, own)}, this command is ${versionText(own, own)}; restart it: hecate up`],
  );
}

/** Without a supervisor, only a server that still runs counts as running. */
function componentsIn(layout: HomeLayout, supervised: boolean): readonly ComponentStatus[] {
  const written = readJson<readonly ComponentStatus[]>(layout.status, Array.isArray).value ?? unknownStatus(layout);
  const worker = readWorkerReport(layout);
  const versioned = written.map((one) =>
    one.name === 'worker' && one.pid !== null && one.pid === worker?.pid
      ? { ...one, version: worker.runs?.version ?? null }
      : one,
  );
  if (supervised) return versioned;
  const running = runningChildren(layout);
  return versioned.map((one) => {
    const child = running.find(({ name }) => name === one.name);
    if (one.state === 'external') return one;
    return child ? { ...one, pid: child.pid } : { ...one, state: 'stopped', pid: null };
  });
}

/** The status of components before the supervisor has written one, or when its file is damaged. */
function unknownStatus(layout: HomeLayout): readonly ComponentStatus[] {
  const running = existsSync(layout.run) ? runningChildren(layout) : [];
  const names = readSettings(layout)?.components ?? componentNames;
  return names.map((name) => ({
    name,
    state: 'starting',
    pid: running.find((child) => child.name === name)?.pid ?? null,
    version: null,
  }));
}
