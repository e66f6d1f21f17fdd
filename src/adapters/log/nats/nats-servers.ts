/** Servers of one NATS, as its client takes them, and the credentials of their addresses. */
export interface NatsServers {
  /** `host:port`, in the order in which they are asked. */
  readonly servers: string[];
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
}

const USUAL_PORT = 4222;

/**
 * Returns the servers in a list of addresses, separated by commas: `nats://host:4222`, `tls://host`, `host`. The user and
 * password, or the token, of the first address that has some are those of all. Null: one of them is no address.
 */
export function natsServers(list: string): NatsServers | null {
  const urls = list.split(',').map((item) => parsed(item.trim()));
  if (urls.some((url) => url === null)) return null;
  const known = urls.filter((url) => url !== null);
  const servers = known.map(({ hostname, port }) => `${hostname}:${port || USUAL_PORT}`);
  const { username = '', password = '' } = known.find(({ username }) => username !== '') ?? {};
  if (username === '') return { servers };
  const [user, pass] = [decoded(username), decoded(password)];
  return password === '' ? { servers, token: user } : { servers, user, pass };
}

/** Returns a list of addresses without users, passwords and tokens. Never throws. */
export function shownNats(list: string): string {
  const shown = list.split(',').map((item) => {
    const text = item.trim();
    const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? '';
    return scheme + text.slice(Math.max(text.lastIndexOf('@') + 1, scheme.length));
  });
  return shown.join(',');
}

/** Returns true for two lists with a server in common: one NATS, of which one list may name more servers. */
export function isSameNats(one: string, other: string): boolean {
  const servers = natsServers(other)?.servers ?? [];
  return natsServers(one)?.servers.some((server) => servers.includes(server)) ?? false;
}

function parsed(text: string): URL | null {
  const scheme = /^(?:nats|tls):\/\//i.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length);
  // `http:` for the rules of host and port; 80 would be left out of it, so it is `https:` then.
  if (rest === '' || /[\s/?#\\]/.test(rest)) return null;
  const secure = /:80$/.test(rest) ? 'https' : 'http';
  try {
    return new URL(`${secure}://${rest}`);
  } catch {
    return null;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
