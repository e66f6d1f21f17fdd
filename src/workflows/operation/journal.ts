import { setCurrentDetails } from '@temporalio/workflow';
import type { Progress } from '../contracts/operation.js';

/** What a person sees of a running operation, in the Web UI's current details and in the CLI's progress line. */
export interface Journal {
  /** Enters a step; `line` says what was finished just before. */
  enter(step: Progress['step'], line?: string): void;
  progress(): Progress;
}

export function createJournal(): Journal {
  let step: Progress['step'] = 'planning';
  const lines: string[] = [];
  return {
    enter(next, line) {
      step = next;
      if (line !== undefined) lines.push(line);
      setCurrentDetails([`**${step}**`, '', ...lines.map((text) => `- ${text}`)].join('\n'));
    },
    progress: () => ({ step, lines: [...lines] }),
  };
}
