import { withoutBookkeeping } from '../../domain/log/commit.js';
import { exitCodeOf, exitCodes } from '../../domain/refusal.js';
import type { Impact, Plan, Preview } from '../../workflows/contracts/plan.js';
import { drawnChange } from './drawn-change.js';
import { mergeLines } from './merge-output.js';
import { errorData } from './error-output.js';
import { toStderr } from './visible.js';
import { print, type OutputFormat } from './output.js';

/** Prints the plan of a dry run. Returns the exit code: with `tells`, 8 when something would change. */
export async function printPlan(
  { planned, impact }: Preview,
  {
    output,
    tells: reportsChange,
    asksNext = false,
  }: {
    readonly output: OutputFormat;
    readonly tells: boolean;
    /** The plan is shown before a person is asked whether to carry it out. */
    readonly asksNext?: boolean;
  },
): Promise<number> {
  switch (planned.kind) {
    case 'refused': {
      const { refusal, plan } = planned;
      if (plan !== undefined) {
        for (const warning of plan.warnings) toStderr(`warning: ${warning}`);
        await print(output, { ...plan, impact, ...errorData(refusal) }, () => planText(plan, impact));
      } else if (output !== 'table') await print(output, errorData(refusal), () => '');
      toStderr(`error: ${refusal.message}${refusal.hint ? `\nhint: ${refusal.hint}` : ''}`);
      return exitCodeOf(refusal.kind);
    }
    case 'lost':
      toStderr(`error: ${planned.message}${planned.hint ? `\nhint: ${planned.hint}` : ''}`);
      if (output !== 'table') await print(output, errorData({ ...planned, kind: 'lost' }), () => '');
      return 7;
    case 'unchanged': {
      const { warnings, merge } = planned;
      const values = restoredValues(planned.claims);
      for (const warning of values.length === 0 ? [] : warnings) toStderr(`warning: ${warning}`);
      await print(output, { changes: [], warnings, ...mergeOf(merge), ...valuesOf(planned.claims) }, () =>
        [...(values.length === 0 ? ['nothing to change'] : values), ...mergeLines(merge)].join('\n'),
      );
      return reportsChange && values.length > 0 ? exitCodes.wouldChange.code : 0;
    }
    case 'planned':
    case 'committed': {
      const { plan } = planned;
      for (const warning of plan.warnings) toStderr(`warning: ${warning}`);
      await print(output, { ...plan, impact }, () => planText(plan, impact, asksNext));
      return reportsChange ? exitCodes.wouldChange.code : 0;
    }
  }
}

/** Says which values a restore brings back to Vault. Other claims belong to the changes that are shown. */
function restoredValues(claims: Plan['claims']): string[] {
  const { values = [] } = valuesOf(claims);
  return values.length === 0 ? [] : [`values that Vault lacks, to bring back: ${values.join(', ')}`];
}

/** Returns the paths in Vault of the values that a restore brings back. */
function valuesOf(claims: Plan['claims'] = []): { readonly values?: readonly string[] } {
  const values = claims.filter(({ kind }) => kind === 'stored').map(({ vaultPath }) => vaultPath);
  return values.length === 0 ? {} : { values };
}

function signInText({ closes }: NonNullable<Plan['signIn']>): string {
  if (closes === true) return 'authentik is cleaned up after the proxy, also when it is away now';
  return 'authentik is changed before the proxy, and cleaned up after it';
}

function planText(plan: Plan, impact: Impact | null, asksNext = false): string {
  return [
    ...mergeLines(plan.merge),
    ...plan.changes.flatMap((change) => drawnChange(change)),
    countsText(plan.changes),
    ...restoredValues(plan.claims),
    `hosts touched: ${hostsText(plan.expect)}`,
    ...(plan.signIn ? [signInText(plan.signIn)] : []),
    `one commit in the log; ${wayBack(plan.changes)}`,
    ...(impact === null ? [] : impactLines(impact)),
    `plan ${plan.hash}`,
    ...(asksNext ? [] : ['nothing was changed (dry run)']),
  ].join('\n');
}

/** Values of secrets are in Vault, so an undo leaves secrets as they are. */
function wayBack(changes: Plan['changes']): string {
  const [first] = changes;
  if (first?.kind !== 'Secret' || changes.some(({ kind }) => kind !== 'Secret'))
    return 'undo it with: hecate update undo --operation ID';
  const isBegun = (first.after?.rotation ?? null) !== null && (first.before?.rotation ?? null) === null;
  return isBegun
    ? `until its new value is in force, undo it with: hecate cancel secret rotation --name ${first.name}`
    : 'an undo leaves secrets as they are';
}

function mergeOf(merge: Plan['merge']) {
  return merge === undefined ? {} : { merge };
}

function countsText(all: Plan['changes']): string {
  const changes = withoutBookkeeping(all);
  const adds = changes.filter(({ before }) => before === null).length;
  const deletions = changes.filter(({ after }) => after === null).length;
  return `to add: ${adds}, to change: ${changes.length - adds - deletions}, to delete: ${deletions}`;
}

function hostsText({ hosts, moreHosts = 0 }: Plan['expect']): string {
  return [...hosts, ...(moreHosts > 0 ? [`and ${moreHosts} more`] : [])].join(', ') || 'none';
}

function impactLines({ reloads, openRequests, closing }: Impact): string[] {
  return [
    ...reloads.map(({ proxy, reachable }) =>
      reachable ? `one reload of ${proxy}` : `${proxy} does not answer; it would be updated when it does`,
    ),
    ...openRequests.map(({ upstream, count, ...whose }) =>
      count === null
        ? `open requests and WebSockets to ${upstream} (${whoseText(whose)}): unknown`
        : `open requests and WebSockets to ${upstream} (${whoseText(whose)}): ${count}; they stay open`,
    ),
    ...closing.map((domain) => `streams under the bypass of ${domain} close`),
  ];
}

/** Requests are counted by address, so the count includes other routes to the same address. */
function whoseText({ host, sharedWith }: Pick<Impact['openRequests'][number], 'host' | 'sharedWith'>): string {
  return sharedWith.length === 0 ? host : `${host} and others to the same address, such as ${sharedWith.join(', ')}`;
}
