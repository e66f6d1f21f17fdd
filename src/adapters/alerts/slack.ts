import { secretUrl, type Outgoing, type SinkRequest } from './http-sink.js';
import { cut, textOf, titleOf } from './message.js';

const LONGEST_TITLE = 150;
const LONGEST_SECTION = 2_900;

/** A message of Slack's incoming webhooks, in plain text: nothing in it is a mention or a link. */
export function slackRequest(outgoing: Outgoing): SinkRequest {
  const { notification } = outgoing;
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
  const title = titleOf(notification);
  return {
    url: secretUrl(outgoing),
    headers: {},
    body: {
      text: cut(escaped(title), LONGEST_SECTION),
      blocks: [
        { type: 'header', text: plain(cut(title, LONGEST_TITLE)) },
        { type: 'section', text: plain(cut(textOf(notification), LONGEST_SECTION)) },
      ],
      unfurl_links: false,
      unfurl_media: false,
    },
  };
}

/** Escapes the three characters that Slack's mentions and links are made of. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
