import { z } from 'zod';
import { formOf, manifestOf } from '../../domain/manifests/manifest.js';
import { alertSinkName } from '../../domain/resources/alert-sink.js';
import { missing } from '../../operations/refusals.js';
import { listOf, oneOf, type ResourceView } from './resource-reads.js';

const view: ResourceView<'AlertSink', object> = {
  kind: 'AlertSink',
  plural: 'alert sinks',
  manifest: (sink) => manifestOf('AlertSink', sink),
  spec: () => formOf('AlertSink').spec,
  statusShape: z.strictObject({}),
  statuses: () => () => ({}),
};

/** Lists all alert sinks. */
export const listAlertSinks = listOf(view, {
  path: ['list', 'alert-sinks'],
  summary: 'List the places that are told about alerts',
  columns: [
    ['NAME', ({ name }) => name],
    ['TYPE', ({ value }) => value.type],
  ],
});

/** Shows one alert sink. */
export const readAlertSink = oneOf(view, {
  path: ['read', 'alert-sink'],
  summary: 'Show one place that is told about alerts',
  examples: ['read alert-sink --name hooks'],
  input: z.strictObject({
    name: alertSinkName.describe('name of the sink').meta({ placeholder: 'name', names: 'AlertSink' }),
  }),
  name: ({ name }) => name,
  missing: (state, name) => missing(state, 'AlertSink', name),
  fields: ({ name, value }) => [
    ['Name', name],
    ['Type', value.type],
    ['URL', value.url],
    ['Secret', value.secret],
    ['User', value.user],
    ['From', value.from],
    ['To', value.to.length === 0 ? null : value.to.join(', ')],
    ['Chat', value.chat],
    ['Resolved', value.sendResolved ? 'is told' : 'is not told'],
    ['Private addresses', value.allowPrivateAddresses ? 'allowed' : null],
    ['Without TLS', value.allowPlaintext ? 'allowed' : null],
  ],
});
