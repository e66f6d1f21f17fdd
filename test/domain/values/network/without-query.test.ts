import { expect, it } from 'vitest';
import { withoutQuery } from '../../../../src/domain/values/network/without-query.js';

it.each([
  ['https://auth.example.com/authorize?state=s&client_id=c', 'https://auth.example.com/authorize?…'],
  ['/a#access_token=t', '/a?…'],
  ['/a', '/a'],
  ['', ''],
])('cuts the query string and the fragment of %s', (address, shown) => expect(withoutQuery(address)).toBe(shown));
