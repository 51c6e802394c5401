import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cellText, jsonLine, tableText, tsvLine, withTokens } from '../../src/lib/cli/output.js';
import { parseTokens } from '../../src/lib/util/amounts.js';

test('beside each amount in grains stands the same in tokens, at any depth', () => {
  assert.deepEqual(withTokens({ type: 'x', fee_grains: '150000000', in: [{ paid_grains: '1' }], none_grains: null }), {
    type: 'x',
    fee_grains: '150000000',
    fee: '1.5',
    in: [{ paid_grains: '1', paid: '0.00000001' }],
    none_grains: null,
    none: null,
  });
});

test('prices, of whatever name, are tokens a GiB and 30 days', () => {
  for (const name of ['price', 'max_price', 'reserve', 'clearing']) {
    assert.deepEqual(withTokens({ [`${name}_grains`]: '10000000' }), { [`${name}_grains`]: '10000000', [name]: '3' });
  }
});

test('tokens say exactly what the grains say; prices, to six decimals', () => {
  const grains = fc.bigInt(0n, (1n << 64n) - 1n);
  fc.assert(
    fc.property(grains, (value) => {
      const out = withTokens({ amount_grains: value.toString() }) as { amount: string };
      assert.equal(parseTokens(out.amount), value);
    }),
  );
  fc.assert(
    fc.property(fc.bigInt(0n, 1n << 58n), (value) => {
      const { price } = withTokens({ price_grains: value.toString() }) as { price: string };
      const off = parseTokens(price) - value * 30n;
      assert.ok(off >= -50n && off <= 50n, price);
    }),
  );
});

test('a record is one line, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      const line = jsonLine({ type: 'file', name });
      assert.equal(line.indexOf('\n'), line.length - 1);
      assert.equal(JSON.parse(line).name, name);
    }),
  );
});

test('no text from outside breaks a cell, or reaches the terminal as a command', () => {
  assert.equal(cellText('a\tb\nc\u001b[2Jd\u009b'), 'a b c [2Jd');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = tsvLine({ text }, [
        { head: 'A', cell: (row) => row.text },
        { head: 'B', cell: () => 7 },
      ]);
      assert.equal(line.split('\t').length, 2);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these must be absent
      assert.doesNotMatch(line.replace(/[\t\n]/g, ''), /[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});

test('absent values are empty cells', () => {
  const cells = [null, undefined, 0, false, ''].map(cellText);
  assert.deepEqual(cells, ['', '', '0', 'false', '']);
});

test('a table has its header, its rows, and no lines', async () => {
  const rows = [{ n: 1 }, { n: 22 }];
  const text = await tableText(rows, [
    { head: 'N', cell: (row) => row.n, align: 'right' },
    { head: 'X', cell: () => 'x' },
  ]);
  assert.equal(text, ' N  X\n 1  x\n22  x\n');
});
