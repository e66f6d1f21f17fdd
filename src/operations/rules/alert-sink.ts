import { find, type State } from '../../domain/log/state.js';
import type { Refusal } from '../../domain/refusal.js';
import { sinkFields, sinkProblem, type AlertSink } from '../../domain/resources/alert-sink.js';
import { secretCommand } from '../../domain/resources/secret.js';
import { conflict, invalid } from '../refusals.js';
import { missingSecret } from './route.js';

/** Returns the refusal of a sink in the state after the change; null: it is possible. */
export function alertSinkProblem(after: State, sink: AlertSink): Refusal | null {
  const problem = sinkProblem(sink);
  if (problem !== null) {
    const flag = `--${problem.field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const { secretIs } = sinkFields[sink.type];
    const how =
      problem.field === 'secret' && problem.isMissing
        ? `Put ${secretIs} into a secret: ${secretCommand('NAME', 'generic')}; then add --secret NAME`
        : `${problem.isMissing ? 'Give' : 'Change'} ${flag}. See: hecate create alert-sink --help`;
    return invalid('alert-sink-invalid', problem.message, how);
  }
  if (sink.secret === null) return null;
  const secret = find(after, 'Secret', sink.secret)?.value;
  if (secret === undefined) return missingSecret(after, sink.secret);
  if (secret.kind === 'generic') return null;
  return conflict(
    'secret-of-other-kind',
    `secret ${secret.name} is of the kind ${secret.kind}, but an alert sink needs a secret of the kind generic`,
    `Create one under another name with: ${secretCommand('NAME', 'generic')}`,
  );
}
