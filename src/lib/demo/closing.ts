import { readFile } from 'node:fs/promises';
import { parseParams } from '../chain/params.js';
import { epochSlots } from '../chain/stake/epoch.js';
import { formatAddress } from '../crypto/address.js';
import { RpcClient } from '../rpc/client.js';
import type { ChainRecord, NodeRecord } from '../rpc/records.js';
import { formatTokens } from '../util/amounts.js';
import { fromHex } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { Audit, type AuditParams, readHeader } from './audit.js';
import type { Scene } from './story.js';

/** The last act: mining stops, all live nodes come to the same root, and every token is accounted for. */
export async function closeAccounts(scene: Scene): Promise<void> {
  const { teller, stage, cast, living } = scene;
  teller.step('close', 'mining stops; the accounts are worked out again from the raw blocks');
  await stage.run(['node', 'stop', '--home', cast.miner.home]);
  living.delete(cast.miner.name);
  const { root, tip } = await sameRoot(scene);
  const [, home] = [...living][0]!;
  const rpc = new RpcClient(home);
  const audit = new Audit(await auditParams(cast.genesis));
  for (let height = 1; height <= tip; height++) {
    const { header, body } = await rpc.call('chain.raw', { height });
    audit.block({ ...readHeader(fromHex(header)!), body: body.map((tx) => fromHex(tx)!) });
  }
  const chain = await rpc.call('chain.status', {});
  await compare(audit, chain, rpc);
  const totals = audit.totals();
  const account = {
    mined_grains: totals.mined.toString(),
    minted_grains: totals.minted.toString(),
    burnt_grains: chain.burnt_grains,
    balances_grains: totals.balances.toString(),
    bounties_grains: totals.bounties.toString(),
    bonds_grains: '0',
    deposits_grains: totals.deposits.toString(),
    fee_pool_grains: totals.feePool.toString(),
  };
  teller.event(
    'account',
    { height: tip, state_root: root, nodes: living.size, ...account },
    textOf(totals, tip, root, living.size),
  );
}

/** Every live node at the same block: compared by the root of the whole state. */
async function sameRoot({ living, deadline }: Scene): Promise<{ root: string; tip: number }> {
  const clients = [...living.values()].map((home) => new RpcClient(home));
  let last: NodeRecord[] = [];
  const settled = async () => {
    const before = last;
    last = await Promise.all(clients.map((client) => client.call('node.status', {})));
    const same = new Set(last.map(({ state_root }) => state_root)).size === 1;
    // Twice the same: no block is on its way any more.
    return same && before[0]?.state_root === last[0]!.state_root && last[0]!;
  };
  for (;;) {
    const found = await settled();
    if (found) return { root: found.state_root, tip: found.height };
    if (deadline.aborted) throw new Failure('failure', 'the live nodes do not agree on one root');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function auditParams(genesis: string): Promise<AuditParams> {
  const params = parseParams(JSON.parse(await readFile(genesis, 'utf8')));
  return { ...params, ...params.derived, epochSlots: epochSlots(params) };
}

/**
 * What was worked out is what the nodes say: every account to the grain, the pool, what was mined. What
 * bounties and deposits hold then follows, since the nodes' own sum is held by the ledger.
 */
async function compare(audit: Audit, chain: ChainRecord, rpc: RpcClient): Promise<void> {
  const totals = audit.totals();
  const held = totals.balances + totals.bounties + totals.deposits + totals.feePool;
  const supply = totals.mined + totals.minted - BigInt(chain.burnt_grains);
  if (held !== supply)
    throw new Failure('failure', `the accounts do not add up: ${held} grains are held, ${supply} were made`);
  const same = (what: string, ours: bigint, theirs: string) => {
    if (ours.toString() !== theirs)
      throw new Failure('failure', `${what}: ${ours} grains by the blocks, ${theirs} by the node`);
  };
  same('mined', totals.mined, chain.mined_grains);
  same('minted', totals.minted, chain.minted_grains);
  same('the fee pool', totals.feePool, chain.fee_pool_grains);
  for (const key of audit.accounts.balances.keys()) {
    const address = formatAddress(fromHex(key)!);
    same(address, audit.accounts.spendable(key), (await rpc.call('chain.account', { address })).balance_grains);
  }
}

function textOf(totals: ReturnType<Audit['totals']>, tip: number, root: string, nodes: number): string {
  const line = (name: string, grains: bigint) => `    ${name.padEnd(12)}${formatTokens(grains).padStart(20)}`;
  return [
    `${nodes} live nodes at height ${tip}, all at root ${root.slice(0, 16)}…; tokens:`,
    line('mined', totals.mined),
    line('minted', totals.minted),
    line('burnt', 0n),
    '    = ',
    line('balances', totals.balances),
    line('bounties', totals.bounties),
    line('bonds', 0n),
    line('deposits', totals.deposits),
    line('fee pool', totals.feePool),
  ].join('\n');
}
