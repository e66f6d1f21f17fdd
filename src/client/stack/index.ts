// The embedded stack at the command line: a bundle of its own, loaded when it is used. May import src/stack and print.
import { exitCodes } from '../../domain/refusal.js';
import { Failure } from '../../ports/failure.js';
import type { Role } from '../../domain/values/role.js';
import { operatorName } from '../../domain/resources/operator.js';
import { homeLayout } from '../../stack/home-layout.js';
import {
  checkServing,
  down,
  initOperator,
  isUp,
  loadConnections,
  logs,
  operatorKeyFile,
  status,
  up,
  type StackStatus,
} from '../../stack/index.js';
import { connectionsHere } from '../connect/connections-here.js';
import { print, table, type OutputFormat } from '../print/output.js';
import { report } from '../print/error-output.js';
import { visible, toStderr } from '../print/visible.js';

export { runInitAuthentik, type InitAuthentikOptions } from './init-authentik.js';

/** Options of `hecate up`. */
export interface RunUpOptions {
  readonly ports: 'default' | 'auto';
  readonly httpPort?: number;
  readonly httpsPort?: number;
  readonly output: OutputFormat;
}

/** Starts the stack and prints its status, also after a failure. Returns the exit code. */
export async function runUp({ ports, httpPort, httpsPort, output }: RunUpOptions): Promise<number> {
  let code = 0;
  try {
    const namedPorts = { ...(httpPort && { caddyHttp: httpPort }), ...(httpsPort && { caddyHttps: httpsPort }) };
    await up({ env: process.env, ports, namedPorts, onProgress: (line) => toStderr(line) });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    code = report(error);
  }
  const running = await runStatus(output);
  return code === 0 ? running : code;
}

/** Prints which servers run and their addresses. Returns 0, 6 when one does not run, or 7 when the log was lost. */
export async function runStatus(format: OutputFormat): Promise<number> {
  const now = await status(process.env);
  await print(format, now, () => drawn(now));
  for (const line of now.problems) toStderr(`problem: ${line}`);
  for (const line of now.notes) toStderr(`note: ${line}`);
  const connections = loadConnections(process.env);
  if (!isUp(now.components) || now.problems.length > 0 || connections === null) return exitCodes.unavailable.code;
  return checkServing(now, connections).then(() => 0, report);
}

/** Options of `hecate init operator`. */
export interface RunInitOperatorOptions {
  readonly name: string;
  readonly role?: Role;
  readonly output: OutputFormat;
}

/** Creates an operator or replaces its key with the worker's seed, writes the key into its file and prints the operator. */
export async function runInitOperator({ name, role, output }: RunInitOperatorOptions): Promise<void> {
  const checked = operatorName.safeParse(name);
  if (!checked.success)
    throw new Failure('invalid', `--name ${JSON.stringify(name)}: ${checked.error.issues[0]?.message}`);
  const connections = connectionsHere();
  const { nats, home } = connections;
  const keyFile = operatorKeyFile(process.env, home);
  const place = { nats: { url: nats.url, seedFile: nats.workerSeedFile }, files: homeLayout(home), keyFile };
  const made = await initOperator(place, { name, ...(role === undefined ? {} : { role }) });
  await print(output, { ...made, keyFile }, () => `operator ${made.name} (${made.role}); its key is in ${keyFile}`);
}

/** Stops the stack; with `purge` deletes its data too. */
export async function runDown(purge: boolean): Promise<void> {
  await down({ env: process.env, purge });
  toStderr(purge ? 'stopped; the data was deleted' : 'stopped; the data stays');
}

/** Prints the last lines of the logs of all servers, or of one. */
export async function runLogs(component: string | undefined): Promise<void> {
  for (const tail of await logs(process.env, component)) {
    process.stdout.write(visible(`── ${tail.component} (${tail.file})\n${tail.lines.join('\n')}\n`));
  }
}

function drawn(now: StackStatus): string {
  const hasProblem = now.components.some(({ problem }) => problem !== undefined);
  const rows = now.components.map(({ name, state, pid, version, problem }) => [
    name,
    state,
    pid === null ? '–' : String(pid),
    version ?? '–',
    ...(hasProblem ? [problem ?? ''] : []),
  ]);
  return [
    table(['COMPONENT', 'STATE', 'PID', 'VERSION', ...(hasProblem ? ['PROBLEM'] : [])], rows),
    '',
    `web ui    ${now.temporal.ui ?? '–'}`,
    `http      ${now.caddy.http}`,
    `https     ${now.caddy.https}`,
    `temporal  ${now.temporal.address} (namespace ${now.temporal.namespace})`,
    `nats      ${now.nats.url}`,
    `caddy     ${now.caddy.admin}`,
    `vault     ${now.vault.address}`,
  ].join('\n');
}
