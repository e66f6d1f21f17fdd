import type { Connection } from '@temporalio/client';
import type { Logger } from 'pino';

const KEYWORD = 2;
const NAMES = ['HecateDomain', 'HecateOperation', 'HecateActor'];

/** Creates the search attributes of operations. Idempotent. Logs a warning when the server refuses; then starting an operation fails. */
export async function ensureSearchAttributes(connection: Connection, namespace: string, logger: Logger): Promise<void> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = NAMES.filter((name) => !(name in (customAttributes ?? {})));
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    logger.warn({ err: error }, 'cannot read or create the search attributes of operations');
  }
}
