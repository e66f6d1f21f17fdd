import { ErrorCode, type NatsError } from 'nats';

/** Returns true for the error of a login that NATS refused. */
export function isRefusedLogin(error: unknown): boolean {
  return /authorization/i.test(String(error));
}

/**
 * Returns true for the error of a login that broke off: a server that closes a connection while it reads its configuration, or
 * after it refused a key, may do so before its reason is read. False where nothing listens.
 */
export function isBrokenLogin(error: unknown): boolean {
  const { code, chainedError } = error as Partial<NatsError>;
  // The client's word for a connection that was closed without any error.
  if (code === (ErrorCode.ConnectionRefused as string)) return chainedError === undefined;
  return /EPIPE|ECONNRESET|CONNECTION_CLOSED|DISCONNECT/.test(`${String(code)} ${String(error)}`);
}
