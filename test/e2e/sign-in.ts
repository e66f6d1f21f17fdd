import { request } from 'node:http';
import { totpCode } from '../../src/stack/authentik/totp.js';

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A browser without scripts: keeps cookies by host, and finds any host that is not loopback behind `proxy`. */
export function createBrowser(proxy: string) {
  const jars = new Map<string, Map<string, string>>();
  const send = (method: string, url: URL, form?: Record<string, string>): Promise<Reply> => {
    const isLocal = url.hostname === '127.0.0.1';
    const jar = jars.get(url.hostname) ?? new Map<string, string>();
    jars.set(url.hostname, jar);
    const target = isLocal ? url : new URL(proxy);
    const body = form && new URLSearchParams(form).toString();
    const headers = {
      host: url.host,
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }),
    };
    return new Promise((resolve, reject) => {
      const options = { host: target.hostname, port: target.port, path: url.pathname + url.search, method, headers };
      const sent = request({ ...options, agent: false, timeout: 10_000 }, (response) => {
        for (const cookie of response.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          jar.set(name, value);
        }
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      });
      sent.on('error', reject).end(body);
    });
  };
  /** Follows redirects; answers where it ended. */
  const visit = async (address: string, form?: Record<string, string>) => {
    let url = new URL(address);
    let reply = await send(form ? 'POST' : 'GET', url, form);
    for (let hop = 0; reply.status === 302 && hop < 12; hop++) {
      url = new URL(String(reply.headers['location']), url);
      reply = await send('GET', url);
    }
    return { ...reply, url };
  };
  return {
    visit,
    /** Visits a page behind sign-in and fills in what is asked; enrols a second factor where that is asked for. */
    async signIn(address: string, username: string, password: string) {
      let page = await visit(address);
      let secret: string | null = null;
      let steps = 0;
      for (; page.body.includes('<form') && steps < 8; steps++) {
        const csrf = /name="csrf" value="([^"]*)"/.exec(page.body)?.[1] ?? '';
        secret = /secret=([A-Z2-7]+)/.exec(page.body)?.[1] ?? secret;
        const asked = /name="(uid_field|password|code)"/.exec(page.body)?.[1] ?? '';
        const known: Record<string, string> = {
          uid_field: username,
          password,
          code: secret ? totpCode(secret, Date.now()) : '',
        };
        page = await visit(page.url.toString(), { csrf, [asked]: known[asked] ?? '' });
      }
      return { ...page, steps, enrolled: secret !== null };
    },
  };
}
