import { z } from 'zod';
import { deliveryProblem, type SinkState } from '../../../domain/alerts/delivery.js';
import { all } from '../../../domain/log/state.js';
import { formOf, manifestOf } from '../../../domain/manifests/manifest.js';
import { alertSinkName } from '../../../domain/resources/alert-sink.js';
import { exitCodes } from '../../../domain/refusal.js';
import { missing } from '../../../operations/refusals.js';
import { Failure } from '../../../ports/failure.js';
import { fieldLines } from '../../print/output.js';
import { stackExitCodes } from '../../print/exit-codes.js';
import { relativeTime } from '../../print/relative-time.js';
import { defineRead, type Look } from '../read.js';
import { listOf, oneOf, type ResourceView, type Row } from './resource-reads.js';

interface SinkStatus {
  /** Null: it was never told anything, or Temporal does not answer. */
  readonly delivery: SinkState | null;
}

const time = z.string().nullable();

const view: ResourceView<'AlertSink', SinkStatus> = {
  kind: 'AlertSink',
  plural: 'alert sinks',
  manifest: (sink) => manifestOf('AlertSink', sink),
  spec: () => formOf('AlertSink').spec,
  statusShape: z.strictObject({
    delivery: z
      .strictObject({
        pending: z.int(),
        lastSuccess: time,
        lastError: z.strictObject({ at: z.string(), problem: z.string() }).nullable(),
        failingSince: time,
        gaveUp: z.strictObject({ count: z.int(), at: time }),
        isGone: z.boolean(),
      })
      .nullable(),
  }),
  async statuses(seen, _context, only) {
    const names = all(seen.state, 'AlertSink').map(({ name }) => name);
    const { states, talk } = await statesOf(seen, only === null ? names : [only]);
    return { of: ({ name }) => ({ delivery: states.get(name) ?? null }), talk };
  },
};

/** Lists all alert sinks, with how the delivery to each goes. */
export const listAlertSinks = listOf(view, {
  path: ['list', 'alert-sinks'],
  summary: 'List the sinks, which receive alerts, with the state of the delivery',
  columns: [
    ['NAME', ({ name }) => name],
    ['TYPE', ({ value }) => value.type],
    ['STATE', stateText],
    ['PENDING', ({ status: { delivery } }) => String(delivery?.pending ?? 0)],
    ['LAST TOLD', ({ status: { delivery }, now }) => timeText(delivery?.lastSuccess ?? null, now)],
    ['LAST ERROR', (row) => errorText(row) ?? '–'],
  ],
});

/** Shows one alert sink. */
export const readAlertSink = oneOf(view, {
  path: ['read', 'alert-sink'],
  summary: 'Show one sink, which receives alerts',
  examples: ['read alert-sink --name hooks'],
  input: z.strictObject({
    name: alertSinkName.describe('name of the sink').meta({ placeholder: 'name', names: 'AlertSink' }),
  }),
  name: ({ name }) => name,
  missing: (state, name) => missing(state, 'AlertSink', name),
  fields: (row) => {
    const { name, value, status, now } = row;
    const { delivery } = status;
    return [
      ['Name', name],
      ['Type', value.type],
      ['URL', value.url],
      ['Secret', value.secret],
      ['User', value.user],
      ['From', value.from],
      ['To', value.to.length === 0 ? null : value.to.join(', ')],
      ['Chat', value.chat],
      ['Resolved', value.sendResolved ? 'sent' : 'not sent'],
      ['Private addresses', value.allowPrivateAddresses ? 'allowed' : null],
      ['Without TLS', value.allowPlaintext ? 'allowed' : null],
      ['Delivery', stateText(row)],
      ['Pending', String(delivery?.pending ?? 0)],
      ['Last told', timeText(delivery?.lastSuccess ?? null, now)],
      ['Last error', errorText(row)],
      ['Given up', delivery === null || delivery.gaveUp.count === 0 ? null : `${delivery.gaveUp.count}, the last ${timeText(delivery.gaveUp.at, now)}`], // prettier-ignore
    ];
  },
});

/** Tells a sink a test alert, and waits for its answer. */
export const testAlert = defineRead({
  path: ['test', 'alert'],
  summary: 'Send a test alert to a sink now, and wait for its answer',
  examples: ['test alert --sink hooks', 'test alert --sink hooks --dry-run'],
  exitCodes: stackExitCodes,
  asksWorker: true,
  input: z.strictObject({
    sink: alertSinkName.describe('name of the sink').meta({ placeholder: 'name', names: 'AlertSink' }),
    dryRun: z.boolean().default(false).describe('show what would be sent, after the same checks; send nothing'),
  }),
  shape: () =>
    z.strictObject({
      ...{ sink: z.string(), type: z.string(), passed: z.boolean(), detail: z.string(), hint: z.string().nullable() },
      ...{ durationMs: z.number(), to: z.string().nullable(), message: z.string().nullable() },
    }),
  async answer({ sink, dryRun }, { withWorker }) {
    const { rehearsal, ...result } = await withWorker((worker) => worker.testAlert(sink, dryRun));
    const { type, passed, detail, hint, durationMs } = result;
    const { to, message } = rehearsal ?? { to: null, message: null };
    return {
      data: { sink, ...result, to, message },
      text: () =>
        fieldLines([
          ['Sink', `${sink} (${type})`],
          ['Result', passed ? (rehearsal === null ? 'told' : 'could be told') : 'FAILED'],
          ['Answer', detail],
          ['Hint', hint],
          ['Time', `${durationMs} ms`],
          ['To', to],
          ['Message', message === null ? null : message.split('\n')],
        ]),
      exitCode: passed ? 0 : exitCodes.unavailable.code,
    };
  },
});

/** Temporal knows the deliveries. Without it the log is shown all the same, with a line that says so. */
async function statesOf(
  { asOf }: Look,
  names: readonly string[],
): Promise<{ readonly states: ReadonlyMap<string, SinkState>; readonly talk: readonly string[] }> {
  if (asOf !== null || names.length === 0) return { states: new Map(), talk: [] };
  try {
    const { sinkStates } = await import('../../reconcile/index.js');
    return { states: await sinkStates(names), talk: [] };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { states: new Map(), talk: [`the deliveries are unknown: ${error.message}`] };
  }
}

function stateText({ status: { delivery }, now }: Row<'AlertSink', SinkStatus>): string {
  if (delivery === null) return 'not told yet';
  if (delivery.isGone) return 'OFF: it answered 410';
  if (deliveryProblem(delivery, Date.parse(now)) !== null) return 'FAILING';
  return delivery.failingSince === null ? 'ok' : 'retrying';
}

function errorText({ status: { delivery }, now }: Row<'AlertSink', SinkStatus>): string | null {
  const error = delivery?.lastError ?? null;
  return error === null ? null : `${relativeTime(error.at, now)}: ${error.problem}`;
}

function timeText(at: string | null, now: string): string {
  return at === null ? '–' : relativeTime(at, now);
}
