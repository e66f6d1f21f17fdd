import { expect, it, vi } from 'vitest';
import { readDebug } from '../../../../src/client/reads/diagnosis/debug.js';
import type { ReadContext, WorkerQuestions } from '../../../../src/client/reads/read.js';
import type { Diagnosis } from '../../../../src/domain/debug/diagnose.js';

const diagnosis: Diagnosis = {
  ...{
    proxy: 'caddy',
    passed: false,
    findings: [],
    cause: 'answers 502: a\nINJECT\u202e\tb',
    advice: 'Look at: hecate status',
  },
  steps: [{ name: 'DNS', result: 'info', found: 'a\nb', ms: null }],
};

async function read(input: Readonly<Record<string, unknown>>) {
  const inspectProxies = vi.fn<WorkerQuestions['inspectProxies']>(async () => ({
    ...{ diagnoses: [diagnosis], configurations: [] },
  }));
  const withWorker = (use: (worker: unknown) => unknown) => use({ inspectProxies });
  const answer = await readDebug.answer(readDebug.input.parse({ domain: 'app.example.com', ...input }), {
    withWorker,
  } as unknown as ReadContext);
  return { answer, asked: inspectProxies.mock.calls[0]?.[0] };
}

it('sends no query string to the worker, since Temporal keeps the question, and says so', async () => {
  const { answer, asked } = await read({ path: '/a?token=X#b' });
  expect(asked?.request?.path).toBe('/a');
  expect(JSON.stringify(asked)).not.toContain('token');
  expect(answer.talk).toEqual([expect.stringContaining('the query string of --path is left out')]);
  expect((await read({ path: '/a' })).answer.talk).toEqual([]);
});

it('keeps what others write within its line, and has a mark for what is no fault', async () => {
  const { answer } = await read({});
  const lines = answer.text().split('\n');
  expect(lines[1]).toMatch(/^DNS +info +a b$/);
  expect(lines.slice(3)).toEqual(['Cause: answers 502: a INJECT\\u202e b.', 'Look at: hecate status']);
  expect(readDebug.shape().safeParse(answer.data).error).toBeUndefined();
});
