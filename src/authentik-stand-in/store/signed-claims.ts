import { createHmac } from 'node:crypto';

const base64url = (text: string) => Buffer.from(text).toString('base64url');

/** Returns a JSON Web Token (HS256). */
export function signed(claims: object, secret: string): string {
  const content = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(JSON.stringify(claims))}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

/** Returns the claims of a token that {@link signed} created with this secret; null for any other. */
export function verified(token: string, secret: string): Readonly<Record<string, unknown>> | null {
  const [head, body, mac] = token.split('.');
  if (!head || !body || !mac) return null;
  if (createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url') !== mac) return null;
  return JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
}
