/** A page a browser ended up at; `isApplication` when the proxy let it through. */
export type Page = {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly isApplication: boolean;
};
export type Browser = ReturnType<typeof createBrowser>;

type Cookie = { name: string; value: string; domain: string; isWide: boolean };
const authHost = 'auth.lab.test';
const outpost = '/outpost.goauthentik.io/';

/**
 * A browser before a proxy that sends auth.lab.test to the stand-in and asks its outpost for every other host.
 * Follows redirects; keeps cookies by host.
 */
export function createBrowser(standIn: string) {
  let jar: Cookie[] = [];
  let at = '';

  const header = (host: string) =>
    jar
      .filter(({ domain, isWide }) => domain === host || (isWide && host.endsWith(domain)))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  const request = async (url: URL, init: RequestInit): Promise<Response> => {
    const isDirect = url.host === authHost || url.pathname.startsWith(outpost) || url.origin === standIn;
    const path = isDirect ? `${url.pathname}${url.search}` : `${outpost}auth/caddy`;
    const forwarded = {
      'x-forwarded-host': url.host,
      'x-forwarded-proto': url.protocol.slice(0, -1),
      'x-forwarded-uri': `${url.pathname}${url.search}`,
      cookie: header(url.hostname),
    };
    const headers = { ...forwarded, ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(`${standIn}${path}`, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) keep(line, url.hostname);
    return response;
  };
  const keep = (line: string, host: string) => {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const wide = /Domain=([^;]+)/.exec(line)?.[1];
    jar = jar.filter((cookie) => cookie.name !== name || cookie.domain !== (wide ?? host));
    if (!line.includes('Max-Age=0')) jar.push({ name, value, domain: wide ?? host, isWide: wide !== undefined });
  };
  const go = async (address: string, init: RequestInit = {}): Promise<Page> => {
    let url = new URL(address, at || undefined);
    let response = await request(url, init);
    for (let hops = 0; response.status === 302 && hops < 12; hops++) {
      url = new URL(response.headers.get('location') ?? '', url);
      response = await request(url, {});
    }
    at = url.href;
    const isDirect = url.host === authHost || url.pathname.startsWith(outpost) || url.origin === standIn;
    const text = await response.text();
    return { url: at, status: response.status, headers: response.headers, text, isApplication: !isDirect };
  };
  const submit = (page: Page, fields: Record<string, string>): Promise<Page> => {
    const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)?.[1] ?? '';
    return go(page.url, { method: 'POST', body: new URLSearchParams({ csrf, ...fields }) });
  };
  return {
    open: (url: string) => go(url),
    submit,
    /** One request without following redirects. */
    request: (url: string, init: RequestInit = {}) => request(new URL(url), init),
    /** The cookies it sends to a host. */
    header,
    /** Opens `url`, and gives name and password where they are asked. */
    signIn: async (url: string, username: string, password: string): Promise<Page> => {
      const asked = await submit(await go(url), { uid_field: username });
      return submit(asked, { password });
    },
  };
}
