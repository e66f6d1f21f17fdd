import { sinkMemos } from '../../adapters/temporal/alert-workflows.js';
import { readSinkState, type SinkState } from '../../domain/alerts/delivery.js';
import { deliverAlertsId, SINK_STATE_MEMO } from '../../workflows/contracts/deliver-alerts.js';
import { failureWords, withTemporal } from '../connect/temporal-client.js';

/** Returns the state of the delivery to these sinks by name. One that was never told anything is left out. */
export function sinkStates(sinks: readonly string[]): Promise<ReadonlyMap<string, SinkState>> {
  return withTemporal(async (client, _connections, { prefix }) => {
    const names = { workflowId: (sink: string) => deliverAlertsId(prefix, sink), key: SINK_STATE_MEMO };
    const told = await sinkMemos(client, names, sinks).catch((error: unknown) => {
      throw failureWords(error);
    });
    const states = [...told].flatMap(([sink, memo]) => {
      const state = readSinkState(memo);
      return state === null ? [] : [[sink, state] as const];
    });
    return new Map(states);
  });
}
