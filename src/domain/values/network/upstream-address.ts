import { z } from 'zod';

const UNIX_PATH = /^\/[A-Za-z0-9._/@+=,:~-]{1,106}$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const HOST_LABEL = /^(?![-])[a-z0-9_-]{1,63}(?<!-)$/;

/** An upstream address in the form that Caddy needs. */
export interface DialTarget {
  /** Caddy's dial form: `host:port`, `[v6]:port` or `unix//absolute/path`. */
  readonly dial: string;
  readonly tls: boolean;
  /** Host name for SNI and verification; null for an IP address or without TLS. */
  readonly serverName: string | null;
}

/**
 * An upstream address: `host:port`, `[v6]:port`, `unix//absolute/path`, `http://host[:port]` or `https://host[:port]`. Port
 * 443 and `https` mean TLS. The canonical form has a scheme only where the port does not imply it.
 */
export const upstreamAddress = z
  .string()
  .overwrite((text) => canonical(text.trim()) ?? text)
  .refine((text) => canonical(text) !== null, {
    message:
      'an upstream is host:port, [v6]:port, unix//absolute/path, http://host[:port] or https://host[:port], port 1-65535',
  });

/** Parses an {@link upstreamAddress}. Throws for any other text. */
export function parseUpstream(text: string): DialTarget {
  const parts = partsOf(text);
  if (!parts) throw new Error(`not an upstream address: ${text}`);
  if (parts.kind === 'unix') return { dial: `unix/${parts.path}`, tls: false, serverName: null };
  const named = !parts.host.startsWith('[') && !IPV4.test(parts.host);
  return { dial: `${parts.host}:${parts.port}`, tls: parts.tls, serverName: parts.tls && named ? parts.host : null };
}

/** Host of an {@link upstreamAddress}, IPv6 in brackets; null: a Unix socket. */
export function hostOfAddress(text: string): string | null {
  const parts = partsOf(text);
  return parts?.kind === 'tcp' ? parts.host : null;
}

type Parts =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: boolean };

function canonical(text: string): string | null {
  const parts = partsOf(text);
  if (!parts) return null;
  if (parts.kind === 'unix') return `unix/${parts.path}`;
  const { host, port, tls } = parts;
  if (tls === (port === 443)) return `${host}:${port}`;
  return `${tls ? 'https' : 'http'}://${host}:${port}`;
}

function partsOf(text: string): Parts | null {
  if (text.startsWith('unix/')) {
    const path = text.slice('unix/'.length);
    return UNIX_PATH.test(path) ? { kind: 'unix', path } : null;
  }
  const match = /^(?:(https?):\/\/)?(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+)(?::(\d{1,5}))?$/.exec(text);
  if (!match) return null;
  const scheme = match[1];
  const host = hostOf(match[2] ?? '');
  const port = Number(match[3] ?? { http: 80, https: 443 }[scheme ?? '']);
  if (!host || !(port >= 1 && port <= 65_535)) return null;
  return { kind: 'tcp', host, port, tls: scheme ? scheme === 'https' : port === 443 };
}

function hostOf(text: string): string | null {
  if (text.startsWith('[')) return URL.canParse(`http://${text}`) ? new URL(`http://${text}`).hostname : null;
  const host = text.toLowerCase();
  if (/(^|\.)\d+$/.test(host)) return IPV4.test(host) ? host : null;
  return host.length <= 253 && host.split('.').every((label) => HOST_LABEL.test(label)) ? host : null;
}
