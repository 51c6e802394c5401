import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../src/lib/util/errors.js';
import { desk, fails, records, succeeds } from './harness.js';
import { advert, bid, each, id } from './samples.js';

const [A, B, C] = [id('a'), id('b'), id('c')];

test('ls filters, lists ids with -q, and what it lists can be bid on', async (t) => {
  const asked: object[] = [];
  const { run } = await desk(t, {
    'market.ls': (filter) => {
      asked.push(filter);
      return each(
        advert(A, { state: 'open' }),
        advert(B, { state: 'cleared', clearing_grains: '8333333', mine: false }),
      );
    },
    'market.bid': ({ adverts, price }) => each(bid(adverts[0]!, { price_grains: `${price}` })),
  });
  const ls = await run(['market', 'ls', '--open', '--min-price', '40']);
  succeeds(ls);
  assert.deepEqual(ls.stdout.split('\n')[0]!.split('\t').slice(0, 5), [A, 'open', '2', '50', '30']);
  const ids = await run(['market', 'ls', '-q']);
  assert.equal(ids.stdout, `${A}\n${B}\n`);
  const [all, filtered] = [asked[1], asked[0]];
  assert.deepEqual(all, { open: false });
  assert.deepEqual(filtered, { open: true, minPrice: 133333333n });
  const done = await run(
    ['market', 'bid', '--price', '38', '--max-spend', '5', '--request-id', 'bid', '-'],
    ids.stdout,
  );
  succeeds(done);
  assert.equal(done.stdout, ids.stdout);
  const json = records((await run(['market', 'ls', '--json'])).stdout);
  assert.deepEqual(
    json.map(({ clearing }) => clearing),
    [null, '2.5'],
  );
  fails(await run(['market', 'ls', '--min-price', 'much']), 2, /much/);
});

test('show: a line a field; an unknown id is told, and none is a usage error', async (t) => {
  const { run } = await desk(t, {
    'market.show': async ({ advert: one }) => {
      if (one === C) throw new Failure('not-found', `no advert ${one}`);
      return advert(one, { bids: 3 });
    },
  });
  const shown = await run(['market', 'show', A]);
  succeeds(shown);
  assert.match(shown.stdout, /^bids\t3$/m);
  assert.equal((await run(['market', 'show', '-'], `${A}\n${C}\n`)).status, 3);
  fails(await run(['market', 'show', C]), 4, /no advert/);
  fails(await run(['market', 'show']), 2, /missing operand: ADVERT/);
});
