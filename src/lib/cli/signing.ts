import { encodeSignedTx, txId } from '../chain/encoding.js';
import { signTx } from '../chain/sign.js';
import type { TransferTx } from '../chain/types.js';
import { formatAddress } from '../crypto/address.js';
import { openKeyFile } from '../crypto/keyfile.js';
import { formatTokens } from '../util/amounts.js';
import { toHex } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { DRAFT_CHARS_MAX, DRAFTS_MAX, parseDraft, type TransferDraft } from '../wallet/draft.js';
import { Keyring } from '../wallet/keyring.js';
import { seedFromEntropy } from '../wallet/mnemonic.js';
import { decodePayload } from '../wallet/payload.js';
import { numberedLines, readText } from './input.js';
import { knownNetworks } from './networks.js';
import type { SignedRecord } from './records.js';
import { oneLine } from './report.js';

/** One-time accounts that are looked through for the one a draft spends from. */
const ACCOUNTS_MAX = 1024;
const KEY_FILE_BYTES_MAX = 1 << 20;

/** All of them before any is signed: a file is signed as a whole, or not at all. */
export async function readDrafts(name: string): Promise<TransferDraft[]> {
  const drafts: TransferDraft[] = [];
  for await (const { line, number } of numberedLines(name, DRAFT_CHARS_MAX)) {
    if (drafts.length === DRAFTS_MAX) throw new Failure('usage', `more than ${DRAFTS_MAX} drafts in one file`);
    try {
      drafts.push(parseDraft(line));
    } catch (error) {
      if (error instanceof Failure) throw new Failure(error.code, `line ${number}: ${error.message}`, error.hint);
      throw error;
    }
  }
  return drafts;
}

/** What a person looks at before signing: every field that the signature covers. */
export function describeDraft(draft: TransferDraft, networksDir: string): string[] {
  const id = toHex(draft.network);
  const known = knownNetworks(networksDir).find(({ record }) => record.network_id === id);
  const memo = draft.memo.length === 0 ? [] : [`memo       ${oneLine(Buffer.from(draft.memo).toString('utf8'))}`];
  return [
    `network    ${id}${known ? ` (${known.record.name})` : ''}`,
    `from       ${formatAddress(draft.from)}`,
    `to         ${formatAddress(draft.to)}`,
    `amount     ${formatTokens(draft.amount)}`,
    `fee        ${formatTokens(draft.fee)}`,
    ...memo,
    `sequence   ${draft.seq}`,
    `reference  ${draft.ref.height}:${toHex(draft.ref.id)}`,
  ];
}

/** The key file's keys; no node has a part in it. */
export async function openWallet(path: string, passphrase: string): Promise<Keyring> {
  const text = await readText(path, KEY_FILE_BYTES_MAX).catch((error) => {
    if (error instanceof Failure && error.code === 'not-found') {
      throw new Failure('not-found', `there is no wallet: ${path}`, 'make one with holdfast wallet init');
    }
    throw error;
  });
  return new Keyring(seedFromEntropy(decodePayload(await openKeyFile(text, passphrase)).entropy));
}

export function signDraft(keyring: Keyring, draft: TransferDraft): SignedRecord {
  const { network, from, to, amount, fee, seq, ref, memo } = draft;
  const index = accountOf(keyring, from);
  const tx: TransferTx = { kind: 'transfer', ref, fee, from, seq, outputs: [{ to, amount }], memo };
  const signed = signTx(tx, network, (message) => keyring.sign(index, message));
  return {
    ...{ type: 'signed', txid: toHex(txId(tx)), network: toHex(network), tx: toHex(encodeSignedTx(signed)) },
    ...{ from: formatAddress(from), to: formatAddress(to), amount_grains: `${amount}`, fee_grains: `${fee}` },
  };
}

function accountOf(keyring: Keyring, address: Uint8Array): number {
  for (let index = 0; index < ACCOUNTS_MAX; index++) {
    keyring.address(index);
    const found = keyring.indexOf(address);
    if (found !== undefined) return found;
  }
  const hint = 'a one-time account of a contract is spent from by holdfast wallet send, without --draft';
  throw new Failure('not-found', `this wallet has no key for ${formatAddress(address)}`, hint);
}
