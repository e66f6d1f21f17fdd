import { setTimeout as sleep } from 'node:timers/promises';
import type { Canary } from '../../domain/resources/canary.js';
import { durationMs, durationText } from '../../domain/values/duration.js';
import { find } from '../../domain/log/state.js';
import { routeMissing } from '../../operations/rules/route.js';
import { Failure } from '../../ports/failure.js';
import type { CanaryView } from '../../workflows/contracts/canary.js';
import { canaryLines } from '../../workflows/canary-text.js';
import { withOperations } from './operations-client.js';
import { print, type OutputFormat } from '../print/output.js';
import { toStderr } from '../print/visible.js';
import { absent, canonicalDomain, withLog } from '../reads/reading.js';

/** What the command line says of a look at a canary. */
export interface ReadCanaryOptions {
  readonly domain: string;
  readonly output: OutputFormat;
  readonly watch?: boolean;
  readonly interval: string;
}

/**
 * Prints the canary of a route, as a worker measures it; with `watch` again and again until it has ended. Answers the exit
 * code: 0, or 6 when no worker answers, where what the log knows is printed.
 */
export async function readCanary({ domain: text, output, watch, interval }: ReadCanaryOptions): Promise<number> {
  const domain = canonicalDomain(text);
  const pauseMs = intervalMs(interval);
  for (let isFirst = true; ; isFirst = false) {
    const known = await fromLog(domain);
    if (known === null) {
      if (isFirst) throw noCanary(domain);
      toStderr(`the canary of ${domain} has ended; see: hecate history --domain ${domain}`);
      return 0;
    }
    const code = await show(domain, known, output);
    if (!watch) return code;
    await sleep(pauseMs);
  }
}

async function show(domain: string, known: CanaryView, output: OutputFormat): Promise<number> {
  const seen = await withOperations((operations) => operations.lookAtCanary(domain)).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    return error;
  });
  const view = seen instanceof Failure || seen === null ? known : seen;
  await print(output, view, () =>
    canaryLines(view, Date.now())
      .map(([name, said]) => `${name.padEnd(14)} ${said}`)
      .join('\n'),
  );
  if (!(seen instanceof Failure)) return 0;
  toStderr(`error: ${seen.message}; this is what the log knows\nhint: ${seen.details.hint}`);
  return 6;
}

/** Null: no canary runs there. Throws `missing` when there is no such route. */
async function fromLog(domain: string): Promise<CanaryView | null> {
  const { state } = await withLog((log) => log.view());
  const route = find(state, 'Route', domain);
  if (!route) throw absent(routeMissing(state, domain));
  const canary = find(state, 'Canary', domain)?.value;
  if (!canary) return null;
  const next = { sentence: nextOf(canary), at: null };
  return { canary, stableUpstream: route.value.upstream, figures: null, verdict: null, next };
}

function nextOf({ steps }: Canary): string {
  return steps.length === 0 ? 'a person sets the percentage' : 'it goes on when a worker runs';
}

function noCanary(domain: string): Failure {
  return new Failure('missing', `no canary runs on ${domain}`, {
    hint: `Start one: hecate update route --domain ${domain} --canary-upstream … --canary-percentage …`,
  });
}

function intervalMs(text: string): number {
  const parsed = durationText.safeParse(text);
  if (parsed.success) return durationMs(parsed.data);
  throw new Failure('invalid', `--interval ${JSON.stringify(text)}: ${parsed.error.issues[0]?.message}`);
}
