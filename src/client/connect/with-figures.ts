import { createFigureReader } from '../../adapters/log/stores/figures.js';
import type { FigureReader } from '../../ports/figures.js';
import { cliNats } from '../../stack/connections.js';
import { connectionsHere } from './connections-here.js';
import { environmentHere } from './environment.js';

/** Connects to the traffic figures of this home or environment for as long as `use` takes. */
export async function withFigures<T>(use: (figures: FigureReader) => Promise<T>): Promise<T> {
  const connections = connectionsHere();
  const figures = await createFigureReader(cliNats(connections));
  try {
    await environmentHere(connections);
    return await use(figures);
  } finally {
    await figures.close();
  }
}
