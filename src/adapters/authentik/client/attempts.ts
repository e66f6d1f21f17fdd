import { Failure } from '../../../ports/failure.js';
import { isOfOneCall } from './api-client.js';

/** Steps of which each is tried, also after another failed. */
export interface Attempts {
  /** Runs a step and keeps its failure. Returns undefined after one; throws only when authentik does not answer at all. */
  run<T>(step: () => Promise<T>): Promise<T | undefined>;
  /** Number of failures so far. */
  failures(): number;
  /** Throws the failures as one, if there are any. */
  end(): void;
}

/** Creates a collection of failures for steps that are independent of each other. */
export function createAttempts(): Attempts {
  const failures: Failure[] = [];
  return {
    async run(step) {
      try {
        return await step();
      } catch (error) {
        if (!isOfOneCall(error)) throw error;
        failures.push(error);
        return undefined;
      }
    },
    failures: () => failures.length,
    end() {
      const [first] = failures;
      if (first === undefined) return;
      if (failures.length === 1) throw first;
      const texts = [...new Set(failures.map(({ message }) => message))];
      throw new Failure(first.kind, texts.join('; '), first.details);
    },
  };
}
