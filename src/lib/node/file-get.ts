import type { ChkCap } from '../codec/caps.js';
import { decodeFile } from '../codec/decode.js';
import type { ByteSource } from '../codec/source.js';
import type { Download } from '../rpc/handlers.js';
import type { Spool } from '../store/spool.js';
import { Failure } from '../util/errors.js';
import { parseSealedCap } from './caps.js';
import type { Context } from './context.js';
import { type FoundShare, ShareHunt } from './fetch.js';

const LOOK_AGAIN_MS = 1000;

/**
 * The plaintext, verified before the first byte leaves: a bad share is replaced, never streamed. Until
 * `youngUntilMs` this node is still finding its peers, and looks again for what it did not find.
 */
export async function getFile(context: Context, spool: Spool, youngUntilMs: number, text: string): Promise<Download> {
  const sealed = parseSealedCap(text);
  const { cap } = sealed;
  if (cap.kind === 'lit') return { size: cap.data.length, body: once(cap.data) };
  const found = new Map<number, FoundShare>();
  let missing: Failure | undefined;
  for (;;) {
    const hunt = new ShareHunt(context, spool, sealed, cap);
    const more = await hunt.collect(cap.needed - found.size, new Set(found.keys()));
    for (const [share, source] of more) found.set(share, source);
    missing = hunt.missing;
    if (found.size >= cap.needed || context.clock.now() >= youngUntilMs) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  const shares = new Map([...found].map(([n, share]) => [n, share.source]));
  const release = async () => {
    for (const share of found.values()) await share.release();
  };
  if (found.size < cap.needed) {
    await release();
    // Not lost: they may be on a disk that is not there.
    if (missing) throw missing;
    throw new Failure(
      'lost',
      `only ${found.size} of the ${cap.needed} shares needed were found`,
      'try again when more peers are connected',
    );
  }
  return { size: cap.size, body: plaintext(cap, shares, release) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** decodeFile hands segments to a callback; a reader pulls them, one held at a time. */
async function* plaintext(
  cap: ChkCap,
  shares: Map<number, ByteSource>,
  release: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let give: (value: Uint8Array | undefined) => void = () => {};
  let taken: () => void = () => {};
  let next = new Promise<Uint8Array | undefined>((resolve) => {
    give = resolve;
  });
  const decoding = decodeFile(cap, shares, async (segment) => {
    const handed = new Promise<void>((resolve) => {
      taken = resolve;
    });
    give(segment);
    await handed;
  }).finally(() => give(undefined));
  try {
    for (let segment = await next; segment !== undefined; segment = await next) {
      next = new Promise((resolve) => {
        give = resolve;
      });
      yield segment;
      taken();
    }
    await decoding;
  } finally {
    await release();
  }
}
