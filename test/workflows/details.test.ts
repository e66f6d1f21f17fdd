import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operationWorkflowId } from '../../src/workflows/contracts/operation.js';
import { details, markdown, whoAndWhy, withoutMarkdown } from '../../src/workflows/details.js';

describe('the details of a workflow', () => {
  it('have a heading, facts and what happened, and leave out facts without a value', () => {
    const text = details('undone', [['by', 'anna'], ['reason', null]], ['planned 1 change', 'failed']); // prettier-ignore
    expect(text).toBe('### undone\n\n- **by**: anna\n\n1. planned 1 change\n1. failed');
  });

  it('show domains with two hyphens and marks of Markdown unchanged, on one line', () => {
    expect(markdown('xn--0.example.com\n# *not* a heading')).toBe('xn\\-\\-0.example.com \\# \\*not\\* a heading');
  });

  it('give back who and why without Markdown', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!-~]+$/), fc.stringMatching(/^[!-~]+$/), (actor, reason) => {
        expect(withoutMarkdown(whoAndWhy({ actor, reason }))).toBe(`by ${actor}: ${reason}`);
      }),
    );
  });
});

describe('the workflow id of an operation', () => {
  it.each([
    ['app.example.com', 'route.create/app.example.com/a1'],
    ['https://git.example.com/infra.git#main', 'route.create/git.example.com/infra.git#main/a1'],
    ['file:///srv//infra/', 'route.create/srv/infra/a1'],
    ['', 'route.create/a1'],
  ])('has no empty part for the subject %j', (subject, expected) => {
    expect(operationWorkflowId('', { operation: 'route.create', subject, id: 'a1' })).toBe(expected);
    const ours = operationWorkflowId('hecate-1a2b3c4d', { operation: 'route.create', subject, id: 'a1' });
    expect(ours).toBe(`hecate-1a2b3c4d/${expected}`);
  });
});
