import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../builders/workflow-bundle.js';

const folder = join(import.meta.dirname, 'histories');
const histories = readdirSync(folder).filter((name) => name.endsWith('.json'));
let workflowBundle: WorkflowBundle;

/** What the tests read of a history. */
interface SavedHistory {
  readonly events: readonly [{ readonly workflowExecutionStartedEventAttributes: { readonly workflowId: string } }];
}

beforeAll(async () => {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  workflowBundle = await bundleWorkflows(logger);
}, 30_000);

describe('saved histories', () => {
  it('exist for every workflow', () => {
    for (const type of [
      'operation',
      'preview',
      'pulse',
      'bypass',
      'canary',
      'identity',
      'inspectIdentity',
      'inspectHealth',
      'reconcile',
      'scheduledReconcile',
      'recordEvent',
    ])
      expect(histories.some((name) => name.startsWith(`${type}-`))).toBe(true);
  });

  it.each(histories)('%s still replays', async (name) => {
    const history = JSON.parse(readFileSync(join(folder, name), 'utf8')) as SavedHistory;
    // Ids of children begin as the workflow's own id does.
    const { workflowId } = history.events[0].workflowExecutionStartedEventAttributes;
    await expect(Worker.runReplayHistory({ workflowBundle }, history, workflowId)).resolves.toBeUndefined();
  });
});
