import type { Browser } from '../store/browser-sessions.js';
import type { Fields } from '../store/state.js';

/** A request of a browser or a client, with its body parsed. */
export type WebRequest = Browser & {
  readonly method: string;
  readonly path: string;
  /** Query string without the question mark. */
  readonly search: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Fields;
  readonly base: string;
};

/** An answer. `body` is sent as JSON, unless `html` is given. */
export type WebAnswer = {
  readonly status: number;
  readonly html?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
};

/** Returns a redirect (302) with cookies. */
export const redirectTo = (to: string, cookies: readonly string[] = []): WebAnswer => ({
  status: 302,
  headers: { location: to, 'set-cookie': cookies },
});

const disclaimer = 'stand-in for development, not authentik';

/** Escapes a text for HTML. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Returns a whole HTML page that names itself a stand-in. `body` is HTML. */
export const page = (title: string, body: string): string => `<!DOCTYPE html>
<html lang="en">
<head><meta charset="UTF-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} – ${disclaimer}</title>
<style>body{font:16px sans-serif;max-width:26rem;margin:4rem auto;padding:0 1rem}input,button{font:inherit;display:block;width:100%;box-sizing:border-box;margin:.4rem 0 1rem;padding:.4rem}code{word-break:break-all}[role=alert]{color:#a00}footer{color:#666;font-size:80%}</style>
</head>
<body><main><h1>${escaped(title)}</h1>
${body}
</main><footer>${disclaimer}</footer></body></html>
`;

/** The answer 404 as a page. */
export const notFoundPage: WebAnswer = { status: 404, html: page('Not Found', '<p>The page was not found.</p>') };
