import { Client, Connection } from '@temporalio/client';
import { expect } from 'vitest';
import type { TestStack } from './stack.js';

/**
 * Makes in Temporal what an older version could have left, as another user of the machine who reaches it; then kills the
 * worker and waits until the next one has looked at everything. Expects that the log has nothing of it.
 */
export async function expectForgedOlderHasNoEffect(stack: TestStack): Promise<void> {
  const before = (await stack.run('history', '--all', '-o', 'json')).stdout;
  const connection = await Connection.connect({ address: stack.status.temporal.address });
  try {
    const client = new Client({ connection });
    const asRoot = { component: 'all', isDryRun: false, fromCommit: null, actor: 'root', reason: null };
    const forged = { ...asRoot, fromGit: 'git://127.0.0.1:1/evil.git', prune: true, pruneLimit: 100, yes: true };
    const schedule = await client.schedule.create({
      scheduleId: 'hecate/evil',
      spec: { intervals: [{ every: '10s' }] },
      memo: { every: '10s', fromGit: forged.fromGit },
      action: {
        ...{ type: 'startWorkflow', workflowType: 'scheduledReconcile', taskQueue: 'hecate' },
        ...{ workflowId: 'scheduled-reconcile/evil', args: [{ ...forged, adopt: false }] },
      },
    });
    const workflow = await client.workflow.start('operation', {
      ...{ workflowId: 'operator.delete/adm/forged', taskQueue: 'hecate', args: [{}] },
      searchAttributes: { HecateActor: ['root'] },
    });
    const pid = stack.pidOf('worker');
    process.kill(pid, 'SIGKILL');
    const up = await stack.run('up', '--ports', 'auto');
    expect(up.status, up.stderr).toBe(0);
    expect(stack.pidOf('worker')).not.toBe(pid);
    expect((await stack.run('list', 'schedules')).stdout).not.toContain('evil');
    expect((await stack.run('history', '--all', '-o', 'json')).stdout).toBe(before);
    // They stay with whoever made them; nobody carries them out.
    await schedule.delete();
    await workflow.terminate();
  } finally {
    await connection.close();
  }
}
