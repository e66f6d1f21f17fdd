import { componentNames, homeLayout, type HomeLayout } from './home-layout.js';
import { defaultConnections, hecateHome, loadConnections } from './load-connections.js';
import { readJson } from '../adapters/files/private-files.js';
import { isRecordedChild, runningSupervisor } from './processes/recorded-processes.js';
import { stackStatus, type ComponentStatus, type StackStatus } from './health/stack-status.js';

/** Reads the status of a home's stack from files, also of a stopped one. Contacts no server. */
export async function status(env: Readonly<Record<string, string | undefined>>): Promise<StackStatus> {
  const home = hecateHome(env);
  const layout = homeLayout(home);
  const supervisor = runningSupervisor(layout);
  const components: ComponentStatus[] = [
    { name: 'supervisor', state: supervisor ? 'running' : 'stopped', pid: supervisor?.pid ?? null, version: null },
    ...componentsIn(layout, supervisor !== null),
  ];
  return stackStatus(components, loadConnections(env) ?? defaultConnections(home));
}

/** Without a supervisor, only a server that still runs counts as running. */
function componentsIn(layout: HomeLayout, supervised: boolean): readonly ComponentStatus[] {
  const written = readJson<readonly ComponentStatus[]>(layout.status);
  if (written === null) {
    const state = supervised ? 'starting' : 'stopped';
    return componentNames.map((name) => ({ name, state, pid: null, version: null }));
  }
  if (supervised) return written;
  return written.map((one) => {
    const orphan = one.pid !== null && isRecordedChild(layout, one.pid);
    return one.state === 'external' || orphan ? one : { ...one, state: 'stopped', pid: null };
  });
}
