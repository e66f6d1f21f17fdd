import { setCurrentDetails } from '@temporalio/workflow';
import { actorText } from '../../domain/log/commit.js';
import type { OperationRequest, Plan } from '../contracts/plan.js';
import type { Progress } from '../contracts/operation.js';
import { details } from '../details.js';

/** Progress of a running operation, for the Web UI's current details and the CLI's progress lines. */
export interface Journal {
  /** Enters a step, or the result at the end; `line` says what was finished just before. */
  enter(step: Progress['step'], line?: string): void;
  /** Enters the result of an operation that changed nothing or was undone. Only the details show `detail`: the result has it too. */
  end(result: Progress['step'], detail: string): void;
  /** Lists the plan's changes in the details from now on. */
  planned(plan: Plan): void;
  progress(): Progress;
}

/** Creates the journal of one operation. Its details name the operation, who asked for it, why, and its changes. */
export function createJournal({ operation, subject, reason, ...who }: OperationRequest): Journal {
  let step: Progress['step'] = 'planning';
  let changes: string | null = null;
  const lines: string[] = [];
  const show = (shown: readonly string[]) => {
    const facts = [
      ['operation', subject === '' ? operation : `${operation} ${subject}`],
      ['by', actorText(who)],
      ['reason', reason],
      ['changes', changes],
    ] as const;
    setCurrentDetails(details(step, facts, shown));
  };
  return {
    enter(next, line) {
      step = next;
      if (line !== undefined) lines.push(line);
      show(lines);
    },
    end(result, detail) {
      step = result;
      show([...lines, detail]);
    },
    planned: (plan) => void (changes = changesText(plan)),
    progress: () => ({ step, lines: [...lines] }),
  };
}

const MOST_NAMED = 10;

function changesText({ changes, changeCount }: Plan): string | null {
  if (changeCount !== undefined) return `${changeCount} resources`;
  const named = changes
    .slice(0, MOST_NAMED)
    .map(({ kind, name, before, after }) => `${verb(before, after)} ${kind} ${name}`);
  const more = changes.length - named.length;
  if (named.length === 0) return null;
  return `${named.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

function verb(before: unknown, after: unknown): string {
  if (before === null) return 'create';
  return after === null ? 'delete' : 'change';
}
