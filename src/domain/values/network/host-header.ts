import { z } from 'zod';

const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
const PARTS = /^(?<host>[^:[\]]+|\[[0-9a-f:.]+\])(?::(?<port>\d{1,5}))?$/;

/** The value of a `Host` header: a name or an address, with a port or without, e.g. `app.example.com:8080`. Lower case. */
export const hostHeader = z
  .string()
  .overwrite((text) => text.trim().toLowerCase())
  .refine(isHostHeader, 'a host is a name or an address, with a port or without; write it like app.example.com');

function isHostHeader(text: string): boolean {
  const { host = '', port = '80' } = PARTS.exec(text)?.groups ?? {};
  if (Number(port) < 1 || Number(port) > 65_535) return false;
  return host.startsWith('[') ? URL.canParse(`http://${host}`) : NAME.test(host);
}
