const ATTEMPTS = 6;
/** Before the second attempt; doubled before each further one, since a reload takes longer on a busy machine. */
const PAUSE_MS = 50;
const RESETS = ['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE'];

/**
 * Sends a request again when its connection is reset. Caddy resets connections that arrive in the instant of a reload, with
 * any configuration and any client, so a test that changes routes must allow for it. Nothing else is tried again. `send`
 * reads the body too, which may be cut off as well.
 */
export async function unlessReset<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (attempt === ATTEMPTS || !RESETS.includes((error as { code?: string }).code ?? '')) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** (attempt - 1)));
    }
  }
}
