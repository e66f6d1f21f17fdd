import { ServiceError, WorkflowNotFoundError, type WorkflowClient } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { findOperation, temporalFailure } from '../../../src/client/run/find-operation.js';

const address = '1.2.3.4:7233';
const place = { prefix: 'hecate-1a2b3c4d', address };

/** A Temporal that describes a workflow of this type, or fails like this. */
function temporal(answer: string | Error): WorkflowClient {
  const describe = () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ type: answer }));
  return { getHandle: (workflowId: string) => ({ workflowId, describe }) } as unknown as WorkflowClient;
}

describe('an operation that is looked for', () => {
  it.each(['route.create/a.example.com/x', 'hecate-1a2b3c4d/route.create/a.example.com/x'])(
    'is found by its workflow id, with or without the prefix of its environment: %s',
    async (id) => {
      const found = await findOperation(temporal('operation'), id, place);
      expect(found.workflowId).toBe('hecate-1a2b3c4d/route.create/a.example.com/x');
    },
  );

  it('is missing when it is of another environment', async () => {
    const id = 'hecate-99999999/route.create/a.example.com/x';
    await expect(findOperation(temporal('operation'), id, place)).rejects.toMatchObject({ kind: 'missing' });
  });

  it('is found by its short id among those of its environment', async () => {
    const queries: string[] = [];
    const list = async function* ({ query }: { query: string }) {
      queries.push(query);
      yield { workflowId: 'hecate-1a2b3c4d/route.create/a.example.com/x' };
    };
    const client = { ...temporal('operation'), list } as unknown as WorkflowClient;
    expect((await findOperation(client, 'x', place)).workflowId).toBe('hecate-1a2b3c4d/route.create/a.example.com/x');
    expect(queries[0]).toContain("WorkflowId STARTS_WITH 'hecate-1a2b3c4d/'");
  });

  it('is no operation when it only ends a bypass, whose own way out is said', async () => {
    await expect(findOperation(temporal('bypass'), 'bypass/a.example.com', place)).rejects.toMatchObject({
      kind: 'invalid',
      details: { hint: expect.stringContaining('update route --domain a.example.com --auth-bypass=off') as string },
    });
  });

  it('is missing when Temporal does not know it', async () => {
    const unknown = temporal(new WorkflowNotFoundError('x', 'route.create/a/b', undefined));
    await expect(findOperation(unknown, 'route.create/a/b', place)).rejects.toMatchObject({ kind: 'missing' });
  });

  it('cannot be looked for while Temporal does not answer', async () => {
    const gone = temporal(new ServiceError('x', { cause: new Error('14 UNAVAILABLE') }));
    await expect(findOperation(gone, 'route.create/a/b', place)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('a start that Temporal does not take', () => {
  it('is its failure, with the address, and no bug of ours', () => {
    const error = new ServiceError('Failed to start Workflow', { cause: new Error('14 UNAVAILABLE') });
    const failure = temporalFailure(error, address, 'start the operation');
    expect(failure).toMatchObject({ kind: 'unavailable' });
    expect(String(failure)).toContain(address);
  });
});
