import { join } from 'node:path';
import { expect, it } from 'vitest';
import { referencePages } from './reference.js';

const folder = join(import.meta.dirname, '../../docs/reference');

it.each([...(await referencePages())])(
  'docs/reference/%s says what the code says (npm run reference)',
  async (name, text) => {
    await expect(text).toMatchFileSnapshot(join(folder, name));
  },
);
