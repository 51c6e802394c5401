import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plotText, writesUtf8 } from '../../src/lib/cli/plot.js';
import { supplyCurve } from '../../src/lib/cli/supply-plot.js';
import type { Handlers } from '../../src/lib/rpc/handlers.js';
import type { SupplyYearRecord } from '../../src/lib/rpc/records.js';
import { onTerminal } from '../helpers/cli.js';
import { needTool } from '../helpers/tools.js';
import { served } from '../rpc/served.js';

const year = (number: number): SupplyYearRecord => ({
  ...{ type: 'supply-year', year: number, height: number * 1000, minted_grains: '0' },
  ...{ mined_grains: String(number * 10 ** 15), supply_grains: String(number * 10 ** 15) },
});
const YEARS = [0, 1, 2, 3, 4].map(year);
const NOW = { height: 2500, supply_grains: String(1e15) };

test('a plot keeps to its columns, labels what it is told to, and is ASCII where it must be', async () => {
  for (const columns of [40, 80, 200]) {
    for (const utf8 of [true, false]) {
      const text = await plotText(supplyCurve(YEARS, NOW), columns, utf8);
      const lines = text.split('\n').slice(0, -1);
      assert.ok(
        lines.every((line) => line.length <= Math.min(columns, 80)),
        text,
      );
      assert.deepEqual(lines.at(-1)!.trim().split(/ +/), ['0', '1', '2', '3', '4']);
      assert.ok(text.includes(utf8 ? '●' : 'o'), text);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is asked for
      assert.equal(/^[\x00-\x7f]*$/.test(text), !utf8);
      assert.match(lines[1]!, /^ *40\.0/);
    }
  }
});

test('the locale decides: the first variable that is set', () => {
  const cases: [NodeJS.ProcessEnv, boolean][] = [
    [{ LANG: 'en_GB.UTF-8' }, true],
    [{ LC_ALL: 'C', LANG: 'en_GB.UTF-8' }, false],
    [{ LC_ALL: '', LC_CTYPE: 'C.utf8', LANG: 'C' }, true],
    [{}, false],
  ];
  for (const [env, utf8] of cases) assert.equal(writesUtf8(env), utf8, JSON.stringify(env));
});

test('chain supply draws on a terminal, of as many years as asked for; its facts come first', async (t) => {
  if (!needTool(t, 'script')) return;
  const asked: number[] = [];
  const handlers: Partial<Handlers> = {
    'chain.supply': async () => ({
      ...{ type: 'supply', height: NOW.height, mined_grains: NOW.supply_grains, minted_grains: '0', burnt_grains: '0' },
      ...{ supply_grains: NOW.supply_grains, fee_pool_grains: '0', circulating_grains: NOW.supply_grains },
      bonded_grains: '0',
    }),
    async *'chain.schedule'({ years }) {
      asked.push(years);
      for (let number = 0; number <= years; number++) yield year(number);
    },
  };
  const { dir } = await served(t, handlers);
  const env = { LC_ALL: 'C', NO_COLOR: '1' };
  const plain = await onTerminal('chain supply --years 4', { home: dir, env });
  assert.match(plain.stdout, /^height +2500\r\n.*circulating +10000000\r\n.*\r\n\r\nmillions of tokens.*\+>/s);
  const listed = await onTerminal('chain supply --schedule --years 6', { home: dir, env });
  assert.match(listed.stdout, /^YEAR +HEIGHT.*\n *6 +6000 .*60\.0\+/s);
  const json = await onTerminal('chain supply --schedule --years 1 --json', { home: dir, env });
  assert.equal(json.stdout.trim().split('\n').length, 2);
  assert.deepEqual(asked, [4, 6, 1]);
});
