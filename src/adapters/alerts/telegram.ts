import { below, secretUrl, type Outgoing, type SinkRequest } from './http-sink.js';
import { cut, textOf, titleOf } from './message.js';
import { Failure } from '../../ports/failure.js';

const USUAL_URL = 'https://api.telegram.org';
const LONGEST_TEXT = 4_000;

/** A message of Telegram's bots, in plain text. */
export function telegramRequest(outgoing: Outgoing): SinkRequest {
  const { notification, sink } = outgoing;
  const token = secretUrl(outgoing);
  if (!/^\d{1,20}:[\w-]{1,100}$/.test(token)) {
    throw new Failure('invalid', `the value of secret ${sink.secret ?? ''} is not the token of a bot`, {
      hint: `Give it the token that @BotFather shows: hecate update secret rotate --name ${sink.secret ?? 'NAME'} --from-file FILE`,
    });
  }
  return {
    url: below(sink.url ?? USUAL_URL, `/bot${token}/sendMessage`),
    headers: {},
    body: {
      chat_id: sink.chat,
      text: cut(`${titleOf(notification)}\n\n${textOf(notification)}`, LONGEST_TEXT),
      link_preview_options: { is_disabled: true },
    },
  };
}
