import { describe, expect, it } from 'vitest';
import { alertmanagerRequest } from '../../../src/adapters/alerts/alertmanager.js';
import { discordRequest } from '../../../src/adapters/alerts/discord.js';
import { alertMail } from '../../../src/adapters/alerts/email.js';
import type { Outgoing } from '../../../src/adapters/alerts/http-sink.js';
import { cut, textOf, titleOf } from '../../../src/adapters/alerts/message.js';
import { ntfyRequest } from '../../../src/adapters/alerts/ntfy.js';
import { slackRequest } from '../../../src/adapters/alerts/slack.js';
import { telegramRequest } from '../../../src/adapters/alerts/telegram.js';
import { webhookRequest } from '../../../src/adapters/alerts/webhook.js';
import type { Notification } from '../../../src/domain/alerts/notification.js';
import type { AlertSink } from '../../../src/domain/resources/alert-sink.js';
import { alertSink, notification, notifiedAlert } from '../../builders/notification.js';

const KEY = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const nowMs = Date.parse('2026-01-01T00:01:00.000Z');
const outgoing = (sink: Partial<AlertSink>, values: readonly string[], more: Partial<Notification> = {}): Outgoing => ({
  ...{ notification: notification('n1', more), sink: alertSink(sink), values, nowMs },
});
/** Texts that somebody outside may have a hand in. */
const hostile = notification('n1', {
  alerts: [
    {
      ...notifiedAlert('<!channel> @everyone **x** [a](http://b)'),
      annotations: { summary: '<!channel> @everyone [a](http://b) & \r\nBcc: x@y.z', description: 'a'.repeat(10_000) },
    },
  ],
});

describe('a notification in words', () => {
  it('has a title with the state and the names', () => {
    const alerts = ['a', 'b', 'c', 'd'].map((name) => notifiedAlert(name));
    expect(titleOf(notification('n', { alerts }))).toBe('[FIRING 4] a, b, c, and 1 more');
    expect(titleOf(notification('n', { status: 'resolved' }))).toBe('[RESOLVED] upstream-down');
  });

  it('lists the alerts, and the number of those it leaves out', () => {
    expect(textOf(notification('n', { status: 'resolved' }))).toBe(
      'upstream-down fires (critical)\nAll servers of upstream-down are down.\n2026-01-01T00:00:00.000Z to 2026-01-01T00:10:00.000Z',
    );
    const alerts = Array.from({ length: 25 }, (_, n) => notifiedAlert(`a${n}`));
    expect(textOf(notification('n', { alerts }))).toContain('and 5 more alerts');
  });

  it('is cut between characters', () => expect(cut('😀😀😀', 2)).toBe('😀…'));
});

describe('webhook', () => {
  it('signs with every value, under an id that stays', () => {
    const { headers, body } = webhookRequest(outgoing({}, [KEY, `whsec_${Buffer.alloc(24, 2).toString('base64')}`]));
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    expect(body).toMatchObject({ type: 'alert.firing', data: { status: 'firing', groupKey: 'g' } });
    expect(webhookRequest({ ...outgoing({}, [KEY]), notification: notification('a.b/c') }).headers['webhook-id']).toBe(
      'alert_a_b_c',
    );
  });

  it('does not send what it cannot sign', () => {
    expect(() => webhookRequest(outgoing({}, ['secret']))).toThrow('not a key of webhooks');
  });
});

describe('alertmanager', () => {
  const sink = { type: 'alertmanager', url: 'https://am.example.com/base/', secret: null } as const;

  it('posts to the second version of the API, with a time until which it fires', () => {
    expect(alertmanagerRequest(outgoing(sink, []))).toEqual({
      ...{ url: 'https://am.example.com/base/api/v2/alerts', headers: {} },
      body: [
        {
          labels: { alertname: 'upstream-down', severity: 'critical', domain: 'app.example.com' },
          annotations: { summary: 'upstream-down fires', description: 'All servers of upstream-down are down.' },
          ...{ startsAt: '2026-01-01T00:00:00.000Z', endsAt: '2026-01-08T00:01:00.000Z' },
        },
      ],
    });
    const [ended] = alertmanagerRequest(outgoing(sink, [], { status: 'resolved' })).body as [{ endsAt: string }];
    expect(ended.endsAt).toBe('2026-01-01T00:10:00.000Z');
  });

  it('sends a token, or a user with a password, and only names that it takes', () => {
    expect(alertmanagerRequest(outgoing(sink, ['t0k\n'])).headers).toEqual({ authorization: 'Bearer t0k' });
    const { headers } = alertmanagerRequest(outgoing({ ...sink, user: 'me' }, ['pw']));
    expect(headers).toEqual({ authorization: `Basic ${Buffer.from('me:pw').toString('base64')}` });
    const alerts = [{ ...notifiedAlert('x'), labels: { 'a-b': '1', '2c': '2' } }];
    expect(alertmanagerRequest(outgoing(sink, [], { alerts })).body).toMatchObject([
      { labels: { alertname: 'hecate', a_b: '1', _2c: '2' } },
    ]);
  });
});

it('ntfy gets the topic from the end of the URL, and a priority', () => {
  const sink = { type: 'ntfy', url: 'https://ntfy.example.com/base/alerts' } as const;
  expect(ntfyRequest(outgoing(sink, ['tk']))).toMatchObject({
    url: 'https://ntfy.example.com/base/',
    headers: { authorization: 'Bearer tk' },
    body: { topic: 'alerts', title: '[FIRING 1] upstream-down', priority: 5, tags: ['rotating_light'] },
  });
  expect(ntfyRequest(outgoing(sink, [], { status: 'resolved' })).body).toMatchObject({ priority: 3 });
});

it('discord mentions nobody and shows no Markdown of others', () => {
  const { url, body } = discordRequest({ ...outgoing({}, ['https://discord.test/x/y\n']), notification: hostile });
  expect(url).toBe('https://discord.test/x/y');
  const { embeds, allowed_mentions } = body as {
    embeds: { title: string; description: string }[];
    allowed_mentions: unknown;
  };
  expect(allowed_mentions).toEqual({ parse: [] });
  expect(embeds[0]?.title).toContain(String.raw`\*\*x\*\* \[a\]\(http://b\)`);
  expect(embeds[0]?.description.length).toBeLessThanOrEqual(4_000);
});

it('slack mentions nobody, and its parts are not too long', () => {
  const { body } = slackRequest({ ...outgoing({}, ['https://slack.test/x']), notification: hostile });
  const { text, blocks } = body as { text: string; blocks: { text: { type: string; text: string } }[] };
  expect(text).toContain('&lt;!channel&gt;');
  expect(blocks.map((block) => block.text.type)).toEqual(['plain_text', 'plain_text']);
  expect(blocks.every((block) => block.text.text.length <= 3_000)).toBe(true);
  expect(blocks[0]?.text.text.length).toBeLessThanOrEqual(150);
});

describe('telegram', () => {
  it('sends plain text to the chat', () => {
    const sink = { type: 'telegram', url: null, chat: '-100' } as const;
    const { url, body } = telegramRequest({ ...outgoing(sink, ['1:a-B_c\n']), notification: hostile });
    expect(url).toBe('https://api.telegram.org/bot1:a-B_c/sendMessage');
    expect(body).toMatchObject({ chat_id: '-100', link_preview_options: { is_disabled: true } });
    expect(body).not.toHaveProperty('parse_mode');
    expect((body as { text: string }).text.length).toBeLessThanOrEqual(4_096);
  });

  it.each(['', 'x', '1:a/../b', '1:a?b'])('takes no token %j', (token) => {
    expect(() => telegramRequest(outgoing({ chat: '1', url: null }, [token]))).toThrow('not the token of a bot');
  });
});

it('a mail has an id that stays, and a short subject', () => {
  const sink = { type: 'email', from: 'hecate@example.com', to: ['a@b.c'] } as const;
  const mail = alertMail({ ...outgoing(sink, []), notification: { ...hostile, id: 'a b' } });
  expect(mail).toMatchObject({ from: 'hecate@example.com', to: ['a@b.c'], messageId: '<a_b@example.com>' });
  expect(mail.subject.length).toBeLessThanOrEqual(150);
});
