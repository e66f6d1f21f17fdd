import type { Refusal } from '../../domain/refusal.js';
import type { PastState } from '../questions.js';
import { absent } from '../refusals.js';

/** Returns the refusal for a commit that is not in the log (exit code 3). */
export function commitMissing(ref: string): Refusal {
  const message = `the log has no commit ${ref}: no operation has this id, or the operation changed nothing`;
  return absent('commit-missing', message, LIST_COMMITS);
}

/** Returns the refusal for a moment outside the log (exit code 3). */
export function outsideLog(past: Exclude<PastState, { readonly kind: 'known' }>): Refusal {
  if (past.kind === 'after-last') {
    return absent('after-last-entry', `the log ends at commit ${past.last}`, LIST_COMMITS);
  }
  const { begins } = past;
  const message =
    begins === null
      ? 'the log has no commits yet'
      : `nothing was committed before that time: the log begins at ${begins}`;
  return absent('before-first-commit', message, LIST_COMMITS);
}

const LIST_COMMITS = 'List the commits with: hecate history';
