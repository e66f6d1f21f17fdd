/** A step of an operation; `appending` while its commit is being written. */
export type OwnStep = 'planned' | 'appending' | 'committed' | 'undone' | 'ended';

/**
 * Memory of what this worker did for operations since it started. It orders calls that a workflow of somebody else makes at
 * the same time, and saves reads of the log: only what another worker may have done must be asked there.
 */
export interface OwnSteps {
  add(id: string, step: OwnStep): void;
  remove(id: string, step: OwnStep): void;
  has(id: string, step: OwnStep): boolean;
}

/** Most steps that are remembered; the oldest go first. */
const MOST = 50_000;

/** Creates the memory of one worker. */
export function createOwnSteps(): OwnSteps {
  const steps = new Set<string>();
  const keyOf = (id: string, step: OwnStep) => `${step} ${id}`;
  return {
    add(id, step) {
      steps.add(keyOf(id, step));
      const [oldest] = steps;
      if (steps.size > MOST && oldest !== undefined) steps.delete(oldest);
    },
    remove: (id, step) => void steps.delete(keyOf(id, step)),
    has: (id, step) => steps.has(keyOf(id, step)),
  };
}
