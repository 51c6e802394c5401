import { concat } from '../util/bytes.js';
import { HASH_BYTES } from './hashutil.js';
import {
  CHAIN_ENTRY_BYTES,
  HEADER_BYTES_MAX,
  type Layout,
  readUebLength,
  uebLengthBytes,
  unpackHeader,
} from './layout.js';
import type { ByteSource } from './source.js';

/** An 8-byte length field, and a URI extension block of less than 2,000 bytes as readers take it. */
const UEB_REGION_MAX = 8 + 2000;
/** log2(256) siblings and the leaf. */
const CHAIN_REGION_MAX = 9 * CHAIN_ENTRY_BYTES;
const V1_HEADER_BYTES = 0x24;

/**
 * The parts of an immutable share that commit to all of it [immutable.layout]: its header says where
 * everything stands, the root of its block tree covers its blocks, and at its end the share-hash chain
 * and the URI extension block cover the file. (Two shares that are siblings in the share tree have the
 * same chain: that root alone tells them apart.) So a share that was whole once, and of which these
 * parts and the length are the same, is the same unless its disk is at fault: some 2 KiB tell.
 *
 * @returns the parts, joined; `short` where the share says that it goes on behind its end; undefined for
 * bytes that are no share, which nothing but all of them tells apart
 */
export async function commitmentOf(share: ByteSource): Promise<Uint8Array | 'short' | undefined> {
  const head = await share.read(0, Math.min(HEADER_BYTES_MAX, share.size));
  const layout = unpackHeader(head);
  if (typeof layout === 'string' || !inOrder(layout)) return undefined;
  const width = uebLengthBytes(layout.version);
  if (layout.ueb + width > share.size) return 'short';
  const length = readUebLength(await share.read(layout.ueb, width), layout.version);
  if (layout.ueb + width + length > share.size) return 'short';
  if (share.size - layout.shareHashes > CHAIN_REGION_MAX + UEB_REGION_MAX) return undefined;
  const blocks = await share.read(layout.blockHashes, HASH_BYTES);
  const tail = await share.read(layout.shareHashes, share.size - layout.shareHashes);
  return concat(head.subarray(0, layout.data), blocks, tail);
}

/** Offsets as every writer orders them; a u64 that no file reaches is out of order. */
function inOrder({ version, data, plaintextHashes, crypttextHashes, blockHashes, shareHashes, ueb }: Layout): boolean {
  if (data !== (version === 1 ? V1_HEADER_BYTES : HEADER_BYTES_MAX)) return false;
  const offsets = [data, plaintextHashes, crypttextHashes, blockHashes, shareHashes, ueb];
  if (shareHashes - blockHashes < HASH_BYTES) return false;
  return offsets.every((offset, i) => Number.isSafeInteger(offset) && (i === 0 || offset >= offsets[i - 1]!));
}
