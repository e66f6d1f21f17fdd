// Names that the shell completes, looked up in the log: a bundle of its own, loaded at Tab only. May import reads and connect.
import { all, type State } from '../../domain/log/state.js';
import type { LogReader } from '../../ports/event-log.js';
import { withLog } from '../connect/with-log.js';
import type { Candidate, NameLookup } from './complete.js';

const NEWEST_COMMITS = 20;
/** Each commit has an outcome after it. */
const ENTRIES_READ = 2 * NEWEST_COMMITS;

/** Looks up existing names. Throws where there is no stack, or when a system does not answer. */
export const lookUp: NameLookup = async (names) => {
  return withLog(async (log) => {
    const { state } = await log.view();
    if (names === 'Commit') return commits(log, state);
    if (names === 'Actor')
      return [...new Set([...state.resources.values()].flatMap(({ updatedBy }) => actorsIn(updatedBy)))].map(named);
    if (names === 'Resource') return [...state.resources.keys()].map(named);
    return all(state, names).map(({ name }) => named(name));
  });
};

/** Returns the operator in a text such as `anna (for ci-bot)`, and the person or program for which it acted. */
function actorsIn(text: string): string[] {
  const [, operator, other] = /^([a-z0-9-]+) \(for (.*)\)$/.exec(text) ?? [];
  return operator === undefined || other === undefined ? [text] : [operator, other];
}

function named(value: string): Candidate {
  return { value };
}

/** The newest commits, by their ids. */
async function commits(log: LogReader, { head }: State): Promise<Candidate[]> {
  const found: Candidate[] = [];
  if (head === null) return found;
  for await (const { message } of log.entries(Math.max(1, head.sequence - ENTRIES_READ))) {
    if (message.type === 'committed') found.unshift({ value: message.id, description: message.operation });
  }
  return found.slice(0, NEWEST_COMMITS);
}
