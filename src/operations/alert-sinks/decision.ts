import { isSame } from '../../domain/data/fields.js';
import { shapeProblem } from '../../domain/log/base-kinds.js';
import { changeOf } from '../../domain/log/commit.js';
import type { State } from '../../domain/log/state.js';
import type { AlertSink } from '../../domain/resources/alert-sink.js';
import { isPublicAddress } from '../../domain/values/network/public-address.js';
import type { Decision } from '../operation.js';
import { invalid, refuse } from '../refusals.js';
import { alertSinkProblem } from '../rules/alert-sink.js';

/** Returns the decision to replace one sink; without changes when both are equal. */
export function sinkDecision(state: State, before: AlertSink | null, after: AlertSink | null): Decision {
  const shape = after && shapeProblem('AlertSink', after);
  if (shape) return refuse(invalid('alert-sink-invalid', shape, 'See: hecate create alert-sink --help'));
  const refusal = after && alertSinkProblem(state, after);
  if (refusal) return refuse(refusal);
  const name = (after ?? before)?.name ?? '';
  const changes = isSame(before, after) ? [] : [changeOf('AlertSink', name, before, after)];
  const warnings = after === null || changes.length === 0 ? [] : warningsOf(after);
  return { kind: 'change', changes, expect: { hosts: [] }, warnings };
}

function warningsOf({ name, url, allowPrivateAddresses }: AlertSink): string[] {
  if (url === null || allowPrivateAddresses) return [];
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  if (isPublicAddress(host) !== false) return [];
  return [
    `${host} is a private address: nothing is sent there before you allow it with: hecate update alert-sink --name ${name} --allow-private-addresses`,
  ];
}
