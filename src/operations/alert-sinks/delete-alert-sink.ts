import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { alertSinkName } from '../../domain/resources/alert-sink.js';
import { defineOperation } from '../operation.js';
import { inUse, missing, refuse } from '../refusals.js';
import { sinkDecision } from './decision.js';

/** Deletes an alert sink. What waits for it is not delivered any more. */
export const deleteAlertSink = defineOperation({
  key: 'alert-sink.delete',
  path: ['delete', 'alert-sink'],
  summary: 'Delete a sink, which receives alerts',
  examples: ['delete alert-sink --name hooks'],
  input: z.strictObject({
    name: alertSinkName.describe('Name of the sink').meta({ placeholder: 'name', names: 'AlertSink' }),
  }),
  subject: (input) => input.name,
  decide(state, { name }) {
    const before = find(state, 'AlertSink', name)?.value;
    if (!before) return refuse(missing(state, 'AlertSink', name));
    const hint = 'Take it out of those rules first: hecate update alert-rule --name … --sinks …';
    const refusal = inUse(state, 'AlertSink', name, hint);
    return refusal ? refuse(refusal) : sinkDecision(state, before, null);
  },
});
