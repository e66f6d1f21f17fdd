import { restorableComponents, restoreTargetText, type RestoreTarget } from '../../../domain/backup/target.js';
import { nearest } from '../../../domain/data/nearest.js';
import { restoreState } from '../../../operations/history/restore-state.js';
import type { Connections } from '../../../stack/connections.js';
import { Failure } from '../../../ports/failure.js';
import type { OpenedBackup } from '../../../ports/backup/opened-backup.js';
import type { Preview } from '../../../workflows/contracts/plan.js';
import { signerHere } from '../../connect/signing.js';
import { withLog } from '../../connect/with-log.js';
import { confirmed } from '../../input/ask.js';
import { originOf, type Origin } from '../../input/origin.js';
import { printPlan } from '../../print/plan-output.js';
import type { OutputFormat } from '../../print/output.js';
import { toStderr } from '../../print/visible.js';
import { withChanges, withStaging } from '../../run/blob-staging.js';
import { secretStagingOf } from '../../run/hand-over.js';
import { followTo, withOperations } from '../../run/index.js';
import { restoreOnNewMachine, takesWholeBackup } from './new-machine.js';
import { withBackup } from '../opening.js';
import { otherHistory } from './other-history.js';
import { isStateFile, targetOfBackup, targetOfStateFile } from './target.js';

/** Options of `backup restore`. */
export interface RestoreOptions extends Origin {
  readonly output: OutputFormat;
  readonly from: string;
  readonly components?: string;
  readonly identity?: string;
  readonly into?: boolean;
  readonly dryRun?: boolean;
  readonly exitCode?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly quiet?: boolean;
}

/**
 * Restores from a backup. A new environment is replaced by the backup's; any other gets its resources in one commit, which is
 * undone when visitors would not be served. Opens and proves the whole backup before anything changes. Returns the exit code.
 */
export async function restore(options: RestoreOptions): Promise<number> {
  const startedAt = performance.now();
  const components = componentsIn(options.components);
  const { onBehalfOf, reason } = originOf(options);
  if (isStateFile(options.from)) {
    const target = await targetOfStateFile(options.from);
    return restoreInto(target, null, {
      ...options,
      components,
      reason: reason ?? `restored from ${target.origin.name}`,
      onBehalfOf,
    });
  }
  return withBackup(options.from, { ...identityOf(options), isQuiet: isQuiet(options) }, async (opened) => {
    sayOpened(opened, options);
    const isWhole = opened.state !== null && components.length === 0 && options.into !== true;
    if (isWhole && (await takesWholeBackup())) {
      const { output, dryRun = false } = options;
      return restoreOnNewMachine(opened, {
        ...{ output, reason, onBehalfOf, dryRun, startedAt, ...identityOf(options) },
        quiet: isQuiet(options),
      });
    }
    const target = await targetOfBackup(opened);
    if (options.into !== true) await mustBeOfOwnPast(target, opened);
    const why = reason ?? `restored from ${opened.place}`;
    return restoreInto(target, opened, { ...options, components, reason: why, onBehalfOf });
  });
}

/**
 * Throws `conflict` for a backup whose newest commit is not in this log: of another past, which a restore gave up, or written by
 * somebody who can write at the destination. The backup of another log is refused by the operation.
 */
async function mustBeOfOwnPast(target: RestoreTarget, opened: OpenedBackup): Promise<void> {
  await withLog(async (log) => {
    const { logId } = await log.view();
    if (target.origin.logId !== logId) return;
    const problem = await otherHistory(log, logId, target, opened);
    if (problem === null) return;
    throw new Failure('conflict', `${opened.last.name} is not of this log’s past: ${problem}`, {
      hint: 'Choose another one: hecate list backups. To take its resources all the same, without secrets: --into',
    });
  });
}

interface GivenRestore extends Pick<
  RestoreOptions,
  'output' | 'into' | 'dryRun' | 'exitCode' | 'force' | 'yes' | 'quiet'
> {
  readonly components: readonly string[];
  readonly onBehalfOf: string | null;
  readonly reason: string;
}

/** Restores the resources of a target as one operation. `opened`: the backup with the values of secrets; null: there are none. */
async function restoreInto(target: RestoreTarget, opened: OpenedBackup | null, given: GivenRestore): Promise<number> {
  const { output, components, into = false, yes = false, force = false, dryRun = false, onBehalfOf, reason } = given;
  return withOperations(async (operations, connections) => {
    // Nothing is handed over for a request that nobody can sign.
    signerHere(connections);
    const staged = await withStaging(connections, (staging) => staging.put(restoreTargetText(target)));
    const input = restoreState.input.parse({ backup: target.origin.name, staged, components, into, yes, force });
    const origin = { onBehalfOf, reason };
    const preview = await withChanges(await operations.preview(restoreState, input, origin), connections);
    if (dryRun) return printPlan(preview, { output, tells: given.exitCode === true });
    const isAsked = output === 'table' && process.stdin.isTTY && !yes && preview.planned.kind === 'planned';
    if (isAsked) {
      await printPlan(preview, { output, tells: false, asksNext: true });
      if (!(await confirmed('Carry it out?'))) {
        toStderr('nothing was changed');
        return 0;
      }
    }
    const values = opened === null ? [] : await stageValues(preview, opened, connections);
    const approved = isAsked && preview.planned.kind === 'planned' ? { approved: preview.planned.plan.hash } : {};
    const run = async (more: object) =>
      followTo(connections, await operations.start(restoreState, { ...input, ...more }, { ...origin, ...approved }), {
        output,
        quiet: given.quiet === true,
      });
    const { exitCode, result } = await run({});
    if (exitCode === 0 && values.length > 0 && !isQuiet(given))
      toStderr(`· brought back to Vault: ${values.join(', ')}`);
    const flag = result.refusal?.acceptedBy;
    if (flag === undefined || output !== 'table' || !(await confirmed('Carry it out anyway?'))) return exitCode;
    return (await run({ [flag.slice(2)]: true })).exitCode;
  });
}

/** Puts the values that Vault lacks into its staging mount for the worker, where they expire within an hour. Returns their paths. */
async function stageValues(
  { planned }: Preview,
  opened: OpenedBackup,
  connections: Connections,
): Promise<readonly string[]> {
  const isPlan = planned.kind === 'planned' || planned.kind === 'refused';
  const claims = planned.kind === 'unchanged' ? planned.claims : isPlan ? planned.plan?.claims : undefined;
  if (claims === undefined || claims.length === 0) return [];
  const staging = secretStagingOf(connections);
  for (const { staged, vaultPath } of claims) {
    const secret = await opened.secret(vaultPath);
    if (secret !== null) await staging.stage(staged, JSON.stringify(secret.value));
  }
  return claims.map(({ vaultPath }) => vaultPath);
}

/** Returns the components that a text names; empty: the usual ones. Throws `invalid` for an unknown one. */
function componentsIn(text: string | undefined): readonly string[] {
  if (text === undefined || text.trim() === 'all') return [];
  const names = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const unknown = names.find((one) => !restorableComponents.includes(one));
  if (unknown !== undefined || names.length === 0) {
    const close = unknown === undefined ? undefined : nearest(unknown, restorableComponents);
    throw new Failure(
      'invalid',
      `--components ${JSON.stringify(text)}: ${unknown === undefined ? 'it names none' : `${unknown} is not a component`}`,
      {
        hint: `${close ? `Did you mean ${close}? ` : ''}Use: ${restorableComponents.join(', ')}`,
      },
    );
  }
  return [...new Set(names)];
}

function sayOpened({ place, links, last }: OpenedBackup, options: RestoreOptions): void {
  if (isQuiet(options)) return;
  const chain = links.length === 1 ? '' : `, with ${links.length - 1} that it needs`;
  toStderr(`· opened ${place}${chain}: whole, made ${last.createdAt}`);
}

function isQuiet({ quiet, output }: Pick<GivenRestore, 'quiet' | 'output'>): boolean {
  return quiet === true || output !== 'table';
}

function identityOf({ identity }: Pick<RestoreOptions, 'identity'>): { readonly identity?: string } {
  return identity === undefined ? {} : { identity };
}
