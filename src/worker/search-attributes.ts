import type { Connection } from '@temporalio/client';
import type { Logger } from 'pino';

const KEYWORD = 2;
const NAMES = ['HecateDomain', 'HecateOperation', 'HecateActor'];

/** Makes the search attributes that operations carry exist. Idempotent; a server that refuses is a warning at start-up and an error at the first operation. */
export async function ensureSearchAttributes(connection: Connection, namespace: string, logger: Logger): Promise<void> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = NAMES.filter((name) => !(name in (customAttributes ?? {})));
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    logger.warn({ err: error }, 'search attributes could not be looked up or made');
  }
}
