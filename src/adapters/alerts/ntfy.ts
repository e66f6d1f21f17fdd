import { authorization, type Outgoing, type SinkRequest } from './http-sink.js';
import { cut, severityOf, textOf, titleOf } from './message.js';

const LONGEST_TITLE = 200;
/** In characters of up to four bytes; longer messages become attachments. */
const LONGEST_MESSAGE = 1_000;
const PRIORITIES = { critical: 5, warning: 4, info: 3 } as const;

/** A message of ntfy as JSON, so that titles may have any characters. The last part of the URL's path is the topic. */
export function ntfyRequest(outgoing: Outgoing): SinkRequest {
  const { notification, sink } = outgoing;
  const [, base = '', topic = ''] = /^(.*\/)([^/]+)$/.exec(sink.url ?? '') ?? [];
  const isResolved = notification.status === 'resolved';
  return {
    url: base,
    headers: authorization(outgoing),
    body: {
      topic,
      title: cut(titleOf(notification), LONGEST_TITLE),
      message: cut(textOf(notification), LONGEST_MESSAGE),
      priority: isResolved ? PRIORITIES.info : PRIORITIES[severityOf(notification)],
      tags: [isResolved ? 'white_check_mark' : 'rotating_light'],
    },
  };
}
