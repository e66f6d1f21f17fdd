import { z } from 'zod';
import { stepResults, type Diagnosis, type StepResult } from '../../../domain/debug/diagnose.js';
import { canonicalRange } from '../../../domain/values/network/ip-range.js';
import { domainName } from '../../../domain/values/network/domain-name.js';
import { exitCodes } from '../../../domain/refusal.js';
import { debugExitCodes } from '../../print/exit-codes.js';
import { findingShape } from '../../print/findings.js';
import { table } from '../../print/output.js';
import { oneLine } from '../../print/visible.js';
import { defineRead } from '../read.js';

const MARKS: Record<StepResult, string> = { ok: 'ok', info: 'info', warn: 'WARN', fail: 'FAIL', skipped: '-' };

/** Follows one request the way the proxy does, and says why it gets its answer. */
export const readDebug = defineRead({
  path: ['read', 'debug'],
  summary: 'Follow one request as the proxy does, from the name to the upstream, and say why it fails and what to do',
  examples: [
    'read debug --domain app.example.com',
    'read debug --domain app.example.com --path /api/orders --client 203.0.113.7',
  ],
  exitCodes: debugExitCodes,
  asksWorker: true,
  input: z.strictObject({
    domain: domainName.describe('host of the request').meta({ placeholder: 'domain', names: 'Route' }),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/, 'a path begins with / and has no spaces')
      .max(2_000)
      .default('/')
      .describe('path of the request; a query string is left out')
      .meta({ placeholder: 'path' }),
    method: z.enum(['GET', 'HEAD', 'OPTIONS']).default('GET').describe('method of the request'),
    bodySize: z
      .int()
      .min(0)
      .optional()
      .describe('bytes of a body that visitors send; none is sent')
      .meta({ placeholder: 'bytes' }),
    client: z
      .string()
      .refine((text) => canonicalRange(text) !== null && !text.includes('/'), 'a client is an IP address')
      .optional()
      .describe('address of a visitor, for middleware that goes by it')
      .meta({ placeholder: 'ip' }),
  }),
  shape: () =>
    z.strictObject({
      domain: z.string(),
      passed: z.boolean(),
      cause: z.string().nullable(),
      advice: z.string().nullable(),
      proxies: z.array(
        z.strictObject({
          proxy: z.string(),
          passed: z.boolean(),
          steps: z.array(
            z.strictObject({
              name: z.string(),
              result: z.enum(stepResults),
              found: z.string(),
              ms: z.number().nullable(),
            }),
          ),
          findings: z.array(findingShape.extend({ advice: z.string().nullable() })),
          cause: z.string().nullable(),
          advice: z.string().nullable(),
        }),
      ),
    }),
  async answer({ domain, path, method, bodySize = null, client = null }, { withWorker }) {
    // Temporal keeps the question, and query strings often hold tokens.
    const asked = path.split(/[?#]/, 1)[0] ?? '/';
    const { diagnoses } = await withWorker((worker) =>
      worker.inspectProxies({ domain, request: { path: asked, method, bodySize, client } }),
    );
    const passed = diagnoses.every((one) => one.passed);
    const worst = diagnoses.find((one) => !one.passed) ?? diagnoses.find((one) => one.cause !== null);
    const { cause = null, advice = null } = worst ?? {};
    return {
      data: { domain, passed, cause, advice, proxies: diagnoses },
      talk:
        asked === path ? [] : [`the query string of --path is left out, since Temporal keeps what is asked: ${asked}`],
      text: () =>
        [...diagnoses.map((one) => stepsText(one, diagnoses.length > 1)), '', ...ending(cause, advice)].join('\n'),
      exitCode: passed ? 0 : exitCodes.unavailable.code,
    };
  },
});

function stepsText({ proxy, steps }: Diagnosis, isNamed: boolean): string {
  const rows = steps.map(({ name, result, found, ms }) => [name, MARKS[result], found, ms === null ? '' : String(ms)]);
  return `${isNamed ? `${proxy}\n` : ''}${table(['STEP', 'RESULT', 'FOUND', 'MS'], rows)}`;
}

function ending(cause: string | null, advice: string | null): string[] {
  if (cause === null) return ['Nothing is wrong.'];
  const sentence = oneLine(cause);
  return [
    `Cause: ${sentence.endsWith('.') ? sentence : `${sentence}.`}`,
    ...(advice === null ? [] : [oneLine(advice)]),
  ];
}
