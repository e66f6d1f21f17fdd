import { secretUrl, type Outgoing, type SinkRequest } from './http-sink.js';
import { cut, severityOf, textOf, titleOf } from './message.js';

const LONGEST_TITLE = 256;
const LONGEST_DESCRIPTION = 4_000;
const COLORS = { critical: 0xd1242f, warning: 0xbf8700, info: 0x0969da } as const;
const RESOLVED_COLOR = 0x1a7f37;

/** A message of Discord. It mentions nobody, whatever the texts contain. */
export function discordRequest(outgoing: Outgoing): SinkRequest {
  const { notification } = outgoing;
  const embed = {
    title: cut(escaped(titleOf(notification)), LONGEST_TITLE),
    description: cut(escaped(textOf(notification)), LONGEST_DESCRIPTION),
    color: notification.status === 'resolved' ? RESOLVED_COLOR : COLORS[severityOf(notification)],
    timestamp: notification.at,
  };
  return { url: secretUrl(outgoing), headers: {}, body: { embeds: [embed], allowed_mentions: { parse: [] } } };
}

/** Escapes Discord's Markdown, so that the text is shown as it is. */
function escaped(text: string): string {
  return text.replace(/[\\*_~`|>#[\]()<@-]/g, '\\$&');
}
