import type { Answer } from './exchange.js';
import type { Challenge } from './flow-executor.js';
import type { Session } from './state.js';

const notice = 'stand-in for development, not authentik';

/** A page of the stand-in, which says on each that it is one. `body` is HTML. */
export function page(status: number, title: string, body: string): Answer {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)} – ${notice}</title>
<style>body{font:16px system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem}input,button{font:inherit;display:block;width:100%;margin:.5rem 0;padding:.5rem;box-sizing:border-box}.error{color:#b00020}footer{margin-top:3rem;color:#666;font-size:.8rem}</style>
</head><body><h1>${escaped(title)}</h1>${body}<footer>${notice}</footer></body></html>`;
  return { status, body: html, headers: { 'content-type': 'text/html; charset=utf-8' } };
}

/** What somebody sees whom the bindings keep out; the status is 200, as the real one's. */
export const permissionDenied = (username: string): Answer =>
  page(200, 'Permission denied', `<p>Request has been denied. You are signed in as ${escaped(username)}.</p>`);

/** What a flow asks, as a form that works without scripts. */
export function formOf(challenge: Challenge, session: Session): Answer {
  const csrf = `<input type="hidden" name="csrf" value="${session.csrf}">`;
  const form = (fields: string) =>
    `${problems(challenge)}<form method="post">${csrf}${fields}<button type="submit">Continue</button></form>`;
  switch (challenge.component) {
    case 'ak-stage-identification':
      return page(200, 'Sign in', form(field('uid_field', 'Username or email', 'username')));
    case 'ak-stage-password':
      return page(200, 'Password', form(field('password', 'Password', 'current-password', 'password')));
    case 'ak-stage-authenticator-validate':
      return page(200, 'Second factor', form(field('code', 'Code of your authenticator', 'one-time-code')));
    case 'ak-stage-authenticator-totp': {
      const url = escaped(String(challenge['config_url']));
      const body = `<p>Set up an authenticator with <code id="config-url">${url}</code></p>`;
      return page(200, 'Set up a second factor', body + form(field('code', 'Its code', 'one-time-code')));
    }
    default:
      return page(200, 'Access denied', `<p>${escaped(String(challenge['error_message'] ?? ''))}</p>`);
  }
}

const field = (name: string, label: string, autocomplete: string, type = 'text') =>
  `<label>${label}<input name="${name}" type="${type}" autocomplete="${autocomplete}" required autofocus></label>`;

function problems(challenge: Challenge): string {
  const all = Object.values((challenge['response_errors'] ?? {}) as Record<string, { string: string }[]>).flat();
  return all.map(({ string }) => `<p class="error">${escaped(string)}</p>`).join('');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
