import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { exitCodes } from '../../../domain/refusal.js';
import { healthLevels } from '../../../domain/serving/route-health.js';
import { durationMs, secondsText } from '../../../domain/values/duration.js';
import { Failure } from '../../../ports/failure.js';
import type { MonitorFacts } from '../../monitor/index.js';
import { forPerson } from '../../print/painted.js';
import { toStderr, visibleJson } from '../../print/visible.js';
import { outputWidth } from '../../print/width.js';
import { trafficShape } from './metrics.js';
import { defineRead } from '../read.js';

/**
 * Shows the traffic, health and exceptions of every route again and again: on a terminal as a live view, else as plain lines,
 * with `-o json` as one line of JSON each time.
 */
export const readMonitor = defineRead({
  path: ['read', 'monitor'],
  summary: 'Watch every route: rate, statuses, latency, upstreams, canary, health, certificate and exceptions in force',
  examples: ['read monitor --interval 30s', 'read monitor --once', 'read monitor --once --interval 5m -o json'],
  input: z.strictObject({
    interval: secondsText.default('30s').describe('time between two looks, which the figures cover; default 30s').meta({ placeholder: 'duration' }),
    once: z.boolean().optional().describe('look once, and print plain lines'),
  }), // prettier-ignore
  shape: monitorShape,
  async answer({ interval, once }, context) {
    const { monitorFacts, plainMonitor, runMonitor } = await import('../../monitor/index.js');
    const intervalMs = durationMs(interval);
    const sources = { ...context, runningOperations };
    if (!once && context.output === 'table' && process.stdout.isTTY) await runMonitor(sources, intervalMs);
    const look = () => monitorFacts(sources, intervalMs, new Date().toISOString());
    const plain = (facts: MonitorFacts) => plainMonitor(facts, outputWidth(), new Date().toISOString()).join('\n');
    if (!once) {
      const draw = async () => {
        const facts = await look();
        return context.output === 'table' ? `${forPerson(plain(facts))}\n` : visibleJson(facts);
      };
      return { isEndless: true, lines: (print) => repeated(draw, intervalMs, print), text: () => '' };
    }
    const facts = await look();
    return {
      data: facts,
      text: () => plain(facts),
      exitCode: facts.problems.length === 0 ? 0 : exitCodes.unavailable.code,
    };
  },
});

async function runningOperations(limit: number) {
  const { listedOperations } = await import('../../run/index.js');
  return listedOperations({ only: 'running', limit });
}

/** Prints what `draw` returns now and after each interval. A look that fails later is reported, and the next one follows. */
async function repeated(
  draw: () => Promise<string>,
  intervalMs: number,
  print: (line: string) => Promise<void>,
): Promise<never> {
  await print(await draw());
  for (;;) {
    await sleep(intervalMs);
    try {
      await print(await draw());
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      toStderr(`error: ${error.message}`);
    }
  }
}

function monitorShape(): z.ZodType {
  const health = z.strictObject({ level: z.enum(healthLevels), details: z.array(z.string()) });
  const certificate = z.strictObject({ issuer: z.string().nullable(), notAfter: z.string() });
  const inForce = z.strictObject({
    kind: z.string(),
    name: z.string(),
    text: z.string(),
    by: z.string().nullable(),
    until: z.string().nullable(),
  });
  return z.strictObject({
    at: z.iso.datetime(),
    spanMs: z.int(),
    routes: z.array(
      z.strictObject({
        domain: z.string(),
        figures: trafficShape(),
        trend: z.array(z.int()),
        health: health.nullable(),
        certificate: certificate.nullable(),
        inForce: z.array(inForce),
      }),
    ),
    running: z.array(z.looseObject({ id: z.string(), operation: z.string(), subject: z.string() })),
    problems: z.array(z.string()),
  });
}
