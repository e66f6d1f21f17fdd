// Two people for the stand-in of authentik, and a browser without scripts for them to sign in with.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';

/** Makes alice, who is in the group staff, and bob, who is not; answers their password, which is new each time. */
export async function makePeople(home, url) {
  const token = readFileSync(join(home, 'authentik/bootstrap-token'), 'utf8').trim();
  const password = randomBytes(12).toString('hex');
  const call = async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}/api/v3${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
    const text = await response.text();
    return text === '' ? null : JSON.parse(text);
  };
  const staff = (await call('GET', '/core/groups/?name=staff')).results[0].pk;
  for (const [username, groups] of Object.entries({ alice: [staff], bob: [] })) {
    const found = (await call('GET', `/core/users/?username=${username}`)).results[0];
    const user = found ?? (await call('POST', '/core/users/', { username, name: username, groups }));
    await call('POST', `/core/users/${user.pk}/set_password/`, { password });
  }
  return password;
}

/**
 * Visits a page behind sign-in as somebody; answers where that ended, and whether a second factor was set up on the way.
 * Hosts that are not loopback are behind `proxy`; `code` makes the code of a second factor from its secret.
 */
export async function signIn(address, { proxy, username, password, code = () => '' }) {
  let secret = null;
  const jars = new Map();
  const send = (method, url, form) => {
    const jar = jars.get(url.hostname) ?? new Map();
    jars.set(url.hostname, jar);
    const target = url.hostname === '127.0.0.1' ? url : new URL(proxy);
    const body = form && new URLSearchParams(form).toString();
    const headers = {
      host: url.host,
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }),
    };
    return new Promise((resolve, reject) => {
      const options = { host: target.hostname, port: target.port, path: url.pathname + url.search, method, headers };
      const sent = request({ ...options, agent: false, timeout: 10_000 }, (response) => {
        for (const cookie of response.headers['set-cookie'] ?? []) {
          const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          jar.set(name, value);
        }
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode, location: response.headers.location, text }));
      });
      sent.on('error', reject).end(body);
    });
  };
  let url = new URL(address);
  let page = await send('GET', url);
  for (let step = 0; step < 20; step++) {
    if (page.status === 302) {
      url = new URL(page.location, url);
      page = await send('GET', url);
      continue;
    }
    const asked = /name="(uid_field|password|code)"/.exec(page.text)?.[1];
    if (!asked) break;
    secret = /secret=([A-Z2-7]+)/.exec(page.text)?.[1] ?? secret;
    const known = { uid_field: username, password, code: secret && code(secret) };
    const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)?.[1];
    page = await send('POST', url, { csrf, [asked]: known[asked] ?? '' });
  }
  return { status: page.status, url, text: page.text, enrolled: secret !== null };
}
