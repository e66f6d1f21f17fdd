import { expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/log/commit.js';
import { find } from '../../../src/domain/log/state.js';
import { holdSource } from '../../../src/operations/manifests/hold-source.js';
import { createHistory } from '../../builders/history.js';

const name = 'https://git.example.com/site.git';
const record = { name, repository: name, ref: 'main', sha: '1', head: '1', digest: '' };

it('records why a commit is held once, and takes the reasons back', async () => {
  const history = createHistory();
  history.commit('applied', [changeOf('Source', name, null, record)]);
  const hold = (reasons: string[]) => history.run(holdSource, { name, sha: '2', reasons });
  expect(await hold(['it was rewritten'])).toMatchObject({ sequence: 3 });
  expect(await hold(['it was rewritten'])).toMatchObject({ sequence: null });
  expect(find(history.state(), 'Source', name)?.value).toEqual({
    ...record,
    held: { sha: '2', reasons: ['it was rewritten'] },
  });
  await hold([]);
  expect(find(history.state(), 'Source', name)?.value).toEqual(record);
});

it('changes nothing for a source that was never applied', async () => {
  expect(await createHistory().run(holdSource, { name, reasons: ['why'] })).toMatchObject({ sequence: null });
});
