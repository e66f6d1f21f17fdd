import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { exitCodes } from '../../../domain/refusal.js';
import { find } from '../../../domain/log/state.js';
import { decisionOf, decisions } from '../../../domain/traffic/decision.js';
import { refusalReasons } from '../../../domain/traffic/access-entry.js';
import { domainName } from '../../../domain/values/network/domain-name.js';
import { intervalMs, lookBackText } from '../../../domain/values/interval.js';
import { routeMissing } from '../../../operations/rules/route.js';
import { Failure } from '../../../ports/failure.js';
import {
  REQUESTS_PAGE,
  type FoundRequest,
  type RequestPositions,
  type RequestsInspection,
} from '../../../workflows/contracts/inspection.js';
import { asTyped } from '../../print/as-typed.js';
import { requestExitCodes } from '../../print/exit-codes.js';
import { table } from '../../print/output.js';
import { forPerson, painted, type Paint } from '../../print/painted.js';
import { latencyText } from '../../print/traffic-text.js';
import { oneLine, toStderr, visibleJson } from '../../print/visible.js';
import { absent, defineRead, type ReadContext } from '../read.js';

const USUAL_LIMIT = 50;
/** Time between two looks with `--follow`. */
const FOLLOW_MS = 2_000;
/** Time after a look that failed. */
const RETRY_MS = 3_000;

const statusPattern = z
  .string()
  .regex(/^([1-5]xx|0|[1-9]\d\d)$/, 'a status is 100 to 999, a class such as 5xx, or 0 for a visitor who went away');

/** Shows single requests from the access logs with what the proxy decided about each, and why; the newest last. */
export const readRequests = defineRead({
  path: ['read', 'requests'],
  summary: 'Show single requests: what the proxy did with each, why, and how long it took; the newest last',
  examples: [
    'read requests --domain app.example.com --status 5xx',
    'read requests --domain app.example.com --denied --last 15m',
    'read requests --domain app.example.com --follow -o json',
  ],
  exitCodes: requestExitCodes,
  asksWorker: true,
  input: z.strictObject({
    domain: domainName.optional().describe('only requests to this route').meta({ placeholder: 'domain', names: 'Route' }),
    status: z.array(statusPattern).default([]).describe('only these statuses, such as 5xx or 404').meta({ placeholder: 'status', list: true, suggests: ['2xx', '3xx', '4xx', '5xx'] }),
    denied: z.boolean().optional().describe('only requests that the proxy itself refused'),
    last: lookBackText.default('1h').describe('only requests of this time; default 1h').meta({ placeholder: 'duration' }),
    limit: z.int().min(1).max(REQUESTS_PAGE).default(USUAL_LIMIT).describe(`the newest N (default: ${USUAL_LIMIT})`).meta({ placeholder: 'n' }),
    follow: z.boolean().optional().describe('go on with new requests until Ctrl-C; with -o json a line each'),
  }), // prettier-ignore
  shape: requestsShape,
  async answer({ domain, status, denied, last, limit, follow }, context) {
    const question = {
      ...{ domain: domain ?? null, statuses: status, isDenied: denied ?? false },
      sinceMs: Date.parse(context.now) - intervalMs(last),
    };
    const first = await context.withWorker((worker) => worker.inspectRequests({ ...question, after: {}, limit }));
    if (first.requests.length === 0) await mustExist(context, domain);
    const showsHost = domain === undefined || domain.startsWith('*');
    if (follow) {
      const draw = (one: FoundRequest) =>
        context.output === 'table' ? forPerson(lineOf(one, showsHost)) : visibleJson(dataOf(one));
      const ask = (after: RequestPositions) =>
        context.withWorker((worker) =>
          worker.inspectRequests({ ...question, after, limit: REQUESTS_PAGE, isOnward: true }),
        );
      return { isEndless: true, lines: (print) => followed({ first, draw, ask }, print), text: () => '' };
    }
    const { requests, left, problems } = first;
    return {
      data: requests.map(dataOf),
      isLong: true,
      text: () => (requests.length === 0 ? 'no requests' : drawn(requests, showsHost)),
      talk: [
        ...problems.map((problem) => `error: ${problem}`),
        ...(left > 0 ? [`the newest ${requests.length}; ${left} older ones are left out: add --limit N`] : []),
      ],
      exitCode: problems.length === 0 ? 0 : exitCodes.unavailable.code,
    };
  },
});

interface Following {
  readonly first: RequestsInspection;
  readonly draw: (request: FoundRequest) => string;
  readonly ask: (after: RequestPositions) => Promise<RequestsInspection>;
}

/**
 * Prints requests as they come, page by page where many came at once. A look that fails is reported once and tried again from
 * the same position, so an outage of the worker leaves no request out.
 */
async function followed({ first, draw, ask }: Following, print: (line: string) => Promise<void>): Promise<never> {
  let known = '';
  const report = (problem: string) => {
    if (problem !== '' && problem !== known) toStderr(`error: ${problem}`);
    known = problem;
  };
  for (let answer = first; ;) {
    for (const request of answer.requests) await print(draw(request));
    // Only a worker of an older version leaves requests out.
    if (answer !== first && answer.left > 0) toStderr(`${answer.left} older requests are left out`);
    report(answer.problems.join('; '));
    for (let waitMs = answer.hasMore ? 0 : FOLLOW_MS; ; waitMs = RETRY_MS) {
      await sleep(waitMs);
      try {
        answer = await ask(answer.after);
        break;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        report(`${error.message}; asking again every few seconds`);
      }
    }
  }
}

async function mustExist({ look }: ReadContext, domain: string | undefined): Promise<void> {
  if (domain === undefined) return;
  const { state } = await look();
  if (!find(state, 'Route', domain)) throw absent(routeMissing(state, domain));
}

function dataOf(request: FoundRequest) {
  const { endedMs, isOwn: _, ...rest } = request;
  return { at: new Date(endedMs).toISOString(), ...decisionOf(request), ...rest };
}

function drawn(requests: readonly FoundRequest[], showsHost: boolean): string {
  const rows = requests.map((request) => {
    const { endedMs, status, method, durationMs: ms, clientIp } = request;
    const { decision, reason } = decisionOf(request);
    return [
      ...[new Date(endedMs).toISOString(), statusText(status), method, placeOf(request, showsHost)],
      ...[decision, reason, clientIp, latencyText(ms)],
    ];
  });
  const head = ['TIME', 'STATUS', 'METHOD', showsHost ? 'ADDRESS' : 'PATH', 'DECISION', 'REASON', 'CLIENT', 'TOOK'];
  return table(head, rows, { whole: ['TIME', 'STATUS', 'DECISION'] });
}

function lineOf(request: FoundRequest, showsHost: boolean): string {
  const { endedMs, status, method, durationMs: ms, clientIp } = request;
  const { decision, reason } = decisionOf(request);
  const text = `${method} ${placeOf(request, showsHost)}  ${decision}: ${reason}  ${clientIp}  ${latencyText(ms)}`;
  const paint = paintOf(request);
  const shown = statusText(status).padStart(4);
  return asTyped(
    `${new Date(endedMs).toISOString()} ${paint === null ? shown : painted(paint, shown)} ${oneLine(text)}`,
  );
}

function placeOf({ host, path }: FoundRequest, showsHost: boolean): string {
  return showsHost ? host + path : path;
}

function paintOf({ status }: FoundRequest): Paint | null {
  if (status >= 500) return 'red';
  return status >= 400 ? 'yellow' : null;
}

function statusText(status: number): string {
  return status === 0 ? 'none' : String(status);
}

function requestsShape(): z.ZodType {
  return z.array(
    z.strictObject({
      at: z.iso.datetime(),
      decision: z.enum(decisions),
      reason: z.string(),
      proxy: z.string(),
      domain: z.string().nullable(),
      method: z.string(),
      host: z.string(),
      path: z.string(),
      status: z.int(),
      bytes: z.int(),
      durationMs: z.number(),
      clientIp: z.string(),
      upstream: z.string().nullable(),
      upstreamMs: z.number().nullable(),
      side: z.string().nullable(),
      refused: z.enum(refusalReasons).nullable(),
      error: z.string().nullable(),
      id: z.string(),
    }),
  );
}
