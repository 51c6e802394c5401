import type { VerifyCap } from '../codec/caps.js';
import { hashUeb } from '../codec/hashutil.js';
import { HEADER_BYTES_MAX, readUebLength, uebLengthBytes, unpackHeader } from '../codec/layout.js';
import { SHARES_MAX } from '../codec/params.js';
import type { ByteSource } from '../codec/source.js';
import { UEB_BYTES_LIMIT, unpackUeb } from '../codec/ueb.js';
import { checkShares } from '../codec/verify.js';

/**
 * Whether a share is whole and good by its own account: then it is another file's, and nobody who repairs
 * this one may replace it. A share holds all that a verify cap says but the storage index.
 */
export async function isAnothers(source: ByteSource, share: number): Promise<boolean> {
  const cap = await ownCap(source).catch(() => undefined);
  if (!cap) return false;
  const [verdict] = await checkShares(cap, new Map([[share, source]]));
  return verdict!.good;
}

async function ownCap(source: ByteSource): Promise<VerifyCap | undefined> {
  const layout = unpackHeader(await source.read(0, Math.min(HEADER_BYTES_MAX, source.size)));
  if (typeof layout === 'string') return undefined;
  const width = uebLengthBytes(layout.version);
  const length = readUebLength(await source.read(layout.ueb, width), layout.version);
  if (length >= UEB_BYTES_LIMIT) return undefined;
  const ueb = await source.read(layout.ueb + width, length);
  const fields = unpackUeb(ueb);
  const number = (key: string) => Number(Buffer.from(fields?.get(key) ?? []).toString('latin1') || Number.NaN);
  const [needed, total, size] = [number('needed_shares'), number('total_shares'), number('size')];
  const possible = [needed, total, size].every((value) => Number.isSafeInteger(value) && value >= 1);
  if (!possible || needed > total || total > SHARES_MAX) return undefined;
  return { kind: 'chk-verifier', storageIndex: new Uint8Array(16), uebHash: hashUeb(ueb), needed, total, size };
}
