import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blobHandlers } from '../../src/lib/node/handlers/blobs.js';
import { mostCreditDays } from '../../src/lib/plan/credit.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { recordsOf, World } from './helpers.js';
import { putBlob, RESERVE } from './market.js';

test('an advert with more credit days than any steward bids on is refused, and nothing is spent', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const most = mostCreditDays(30, world.params);
  const asked = { uuids: [uuid], maxPrice: RESERVE, termDays: 30, dryRun: false };
  const signal = new AbortController().signal;
  const advertise = (creditDays: number) =>
    recordsOf(blobHandlers(owner.context)['blob.advertise']({ ...asked, creditDays }, { signal }));
  await assert.rejects(
    advertise(most + 1),
    (error) =>
      isFailure(error) && error.code === 'usage' && new RegExp(`ask for ${most} at most`).test(error.hint ?? ''),
  );
  assert.deepEqual(await owner.context.books.adverts.all(), []);
  const [made] = await advertise(most);
  assert.equal(made?.credit_days, most);
});
