import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as inFolder } from 'node:path';
import { Join, type JoinStore } from '../src/lib/chain/join/join.js';
import { openPart } from '../src/lib/chain/join/part.js';
import { Ledger } from '../src/lib/chain/ledger.js';
import { areaKey, Database } from '../src/lib/store/database.js';
import { AREAS } from '../src/lib/store/layout.js';
import { compare } from '../src/lib/util/bytes.js';
import { BenchLedger, BlockMaker, params, scrypt } from './chain.js';
import { median, print } from './measure.js';

/**
 * A state of so many accounts joined from one LevelDB into another, the network left out: what the server reads, and
 * what the joiner checks and writes. Then what opening that ledger takes.
 */
const ACCOUNTS = [10_000, 100_000];
const OPENINGS = 20;

const own = (key: Uint8Array) => areaKey(AREAS.CHAIN, key);

/** Nothing is written while it is read from: its snapshot is the store. */
function storeOf(db: Database): JoinStore {
  const get = (key: Uint8Array) => db.get(own(key));
  return {
    get,
    write: (batch) => db.write(batch.map(([key, value]) => [own(key), value])),
    snapshot: () => ({
      get,
      async *scan(first, last) {
        const value = get(first);
        if (value) yield [first, value];
        for await (const [key, value] of db.scan(own(new Uint8Array(0)), { after: own(first) })) {
          if (compare(key, own(last)) > 0) return;
          yield [key.slice(1), value];
        }
      },
      close: async () => {},
    }),
  };
}

for (const accounts of ACCOUNTS) {
  const old = await BenchLedger.open();
  const maker = new BlockMaker(old.ledger, accounts);
  for await (const _ of maker.found());
  const { tip } = old.ledger;
  const start = old.ledger.record(old.ledger.idAt(0)!)!;
  const folder = await mkdtemp(inFolder(tmpdir(), 'holdfast-bench-'));
  const db = await Database.open(folder);
  const store = storeOf(db);
  const join = await Join.begin(params, store, scrypt, { height: tip.height, id: tip.id, start });
  await join.takeHeaders(old.ledger.headersDown(tip.id, tip.height));
  await join.checkHeaders(tip.slot);
  const snapshot = storeOf(old.db).snapshot();
  const ms = { serve: 0, take: 0 };
  let answers = 0;
  for (let [part] = join.wantedParts(); part; [part] = join.wantedParts()) {
    const asked = performance.now();
    const answer = (await openPart(snapshot, part))!;
    const answered = performance.now();
    await join.takePart(part, answer);
    ms.serve += answered - asked;
    ms.take += performance.now() - answered;
    answers += 1;
  }
  await snapshot.close();
  await join.finish();
  const openings: number[] = [];
  for (let i = 0; i < OPENINGS; i++) {
    const began = performance.now();
    await Ledger.open(params, store, { scrypt });
    openings.push(performance.now() - began);
  }
  const times = { serve_ms: ms.serve, take_ms: ms.take, open_ms: median(openings) };
  print({ type: 'bench', bench: 'join', accounts, answers, ...times });
  await db.close();
  await rm(folder, { recursive: true });
  await old.close();
}
