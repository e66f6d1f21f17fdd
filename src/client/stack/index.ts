// The embedded stack at the command line: a bundle of its own, loaded when it is used. May import src/stack and print.
import { exitCodes } from '../../domain/refusal.js';
import { Failure } from '../../ports/failure.js';
import type { Role } from '../../domain/values/role.js';
import { operatorName } from '../../domain/resources/operator.js';
import { workerNats } from '../../stack/connections.js';
import { homeLayout } from '../../stack/home-layout.js';
import {
  checkServing,
  down,
  hecateHome,
  initOperator,
  isUp,
  runningCode,
  loadConnections,
  logs,
  operatorKeyFile,
  status,
  up,
  type StackStatus,
} from '../../stack/index.js';
import { connectionsHere } from '../connect/connections-here.js';
import { newKey } from '../run/new-key.js';
import { signerHere } from '../connect/signing.js';
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
  const operator = operatorHere();
  await print(format, { ...now, operator: operator.name }, () => drawn(now, operator.text));
  for (const line of now.problems) toStderr(`problem: ${line}`);
  for (const line of now.notes) toStderr(`note: ${line}`);
  const connections = loadConnections(process.env);
  if (!isUp(now.components) || connections === null) return exitCodes.unavailable.code;
  return runningCode(await checkServing(now, connections).then(() => 0, report), now.problems);
}

/** Options of `hecate init operator`. */
export interface RunInitOperatorOptions {
  readonly name: string;
  readonly role?: Role;
  readonly output: OutputFormat;
}

/** Creates an operator or replaces its key with the worker's seed, writes the key into its file and prints the operator. */
export async function runInitOperator({ name, role, output }: RunInitOperatorOptions): Promise<void> {
  checkedName(name);
  const connections = connectionsHere();
  const { home } = connections;
  const keyFile = operatorKeyFile(process.env, home);
  const place = { nats: workerNats(connections), files: homeLayout(home), keyFile };
  const made = await initOperator(place, { name, ...(role === undefined ? {} : { role }) });
  await print(output, { ...made, keyFile }, () => `operator ${made.name} (${made.role}); its key is in ${keyFile}`);
}

/** Options of `hecate init key`. */
export interface RunInitKeyOptions {
  readonly name: string;
  readonly keyFile: string;
  readonly output: OutputFormat;
}

/** Makes a key for an operator to be, writes the private half into its file and prints the public half. Asks no server. */
export async function runInitKey({ name, keyFile, output }: RunInitKeyOptions): Promise<void> {
  const key = newKey({ field: 'publicKey', file: keyFile }, checkedName(name));
  key.giveOut();
  await print(output, { name, publicKey: key.publicKey, keyFile }, () => key.publicKey);
}

/** Returns a name that an operator can have. Throws `invalid` for any other. */
function checkedName(name: string): string {
  const checked = operatorName.safeParse(name);
  if (checked.success) return name;
  throw new Failure('invalid', `--name ${JSON.stringify(name)}: ${checked.error.issues[0]?.message}`);
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

/** Names the operator whose key this user has, or says what is wrong with the key. Asks no server. */
function operatorHere(): { readonly name: string | null; readonly text: string } {
  const home = hecateHome(process.env);
  try {
    const { operator } = signerHere({ home });
    return { name: operator, text: `${operator} (${operatorKeyFile(process.env, home)})` };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { name: null, text: `none: ${error.message}` };
  }
}

function drawn(now: StackStatus, operator: string): string {
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
    `metrics   ${now.worker.metrics === null ? '–' : `http://${now.worker.metrics}/metrics`}`,
    `operator  ${operator}`,
  ].join('\n');
}
