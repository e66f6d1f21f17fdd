import { actorText, type Commit } from '../../domain/log/commit.js';
import { appliedSource, type PastApplies, type PastChanges } from '../../domain/manifests/past-applies.js';
import type { LogQuestion } from '../../operations/questions.js';
import type { LogReader } from '../../ports/event-log.js';
import { resourceKey } from '../../domain/resources/kinds.js';

/** Most commits to look back through for those of resources that no source described. */
const MOST_BACK = 2_000;
/** Most single commits to read beyond those. */
const MOST_SINGLE = 50;

/**
 * Reads the last applies of sources, the commits since the oldest of them, and those that wrote the resources, back to their
 * creation or through 2000 commits. An apply that was undone does not count. Reads back only as far as it must.
 */
export async function readApplies(
  log: Pick<LogReader, 'entries' | 'entriesBackwards'>,
  { sources, resources, upTo }: Extract<LogQuestion, { readonly kind: 'applies' }>,
): Promise<PastApplies> {
  const applied = new Map<string, number>();
  const found = new Map<number, PastChanges>();
  const sought = new Set(resources.map(({ key }) => key));
  let count = 0;
  for await (const { sequence, commit } of backwards(log, sources.length + sought.size, upTo)) {
    const written = commit.changes.filter(({ kind, name }) => sought.has(resourceKey(kind, name)));
    if (applied.size < sources.length || written.length > 0) found.set(sequence, changesAt(sequence, commit));
    const source = appliedSource(commit);
    if (source !== null && sources.includes(source) && !applied.has(source)) applied.set(source, sequence);
    for (const { kind, name, before } of written) if (before === null) sought.delete(resourceKey(kind, name));
    if (applied.size === sources.length && (sought.size === 0 || ++count >= MOST_BACK)) break;
  }
  const untraced = new Set(resources.flatMap(({ key, revision }) => (sought.has(key) ? revision : [])));
  for (const sequence of [...untraced].filter((one) => !found.has(one)).slice(0, MOST_SINGLE)) {
    for await (const { position, message } of log.entries(sequence)) {
      if (position.sequence === sequence && message.type === 'committed')
        found.set(sequence, changesAt(sequence, message));
      break;
    }
  }
  return { applied, commits: [...found.values()].sort((a, b) => a.sequence - b.sequence) };
}

/** Commits that were not undone, newest first. */
async function* backwards(log: Pick<LogReader, 'entriesBackwards'>, wanted: number, upTo: number) {
  if (wanted === 0) return;
  // An undo stands after its commit, so it is read first.
  const undone = new Set<string>();
  for await (const { position, message } of log.entriesBackwards()) {
    if (message.type !== 'committed' || position.sequence > upTo) continue;
    if (message.undoes !== undefined) undone.add(message.undoes);
    else if (!undone.has(message.id)) yield { sequence: position.sequence, commit: message };
  }
}

function changesAt(sequence: number, commit: Commit): PastChanges {
  const { at, reason, changes } = commit;
  return { sequence, at, actor: actorText(commit), reason, changes };
}
