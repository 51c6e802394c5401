import type { ChkCap, LitCap } from '../codec/caps.js';
import { decodeFile } from '../codec/decode.js';
import type { ByteSource } from '../codec/source.js';
import type { Download } from '../rpc/handlers.js';
import type { MethodParams } from '../rpc/methods.js';
import type { Spool } from '../store/spool.js';
import { Failure } from '../util/errors.js';
import { parseSealedCap } from './caps.js';
import type { Context } from './context.js';
import { type FoundShare, ShareHunt } from './fetch.js';

const LOOK_AGAIN_MS = 1000;

export type GetParams = MethodParams<'file.get'>;
type Range = { offset: number; length: number };

/**
 * The plaintext, or a range of it, verified before the first byte leaves: a bad share is replaced, never
 * streamed. Until `youngUntilMs` this node is still finding its peers, and looks again for what it did
 * not find.
 */
export async function getFile(
  context: Context,
  spool: Spool,
  youngUntilMs: number,
  params: GetParams,
): Promise<Download> {
  const sealed = parseSealedCap(params.cap);
  const { cap } = sealed;
  const range = rangeOf(cap, params);
  if (cap.kind === 'lit') return { size: range.length, body: plaintext(cap, new Map(), range, async () => {}) };
  const found = new Map<number, FoundShare>();
  let trouble: Failure | undefined;
  for (;;) {
    const hunt = new ShareHunt(context, spool, sealed, cap);
    const more = await hunt.collect(cap.needed - found.size, new Set(found.keys()));
    for (const [share, source] of more) found.set(share, source);
    // Not lost: they may be on a disk that is not there, or are for another program to fetch.
    trouble = hunt.missing ?? (hunt.bare ? onGrid(cap, found.size) : undefined);
    if (found.size >= cap.needed || context.clock.now() >= youngUntilMs) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  const shares = new Map([...found].map(([n, share]) => [n, share.source]));
  const release = async () => {
    for (const share of found.values()) await share.release();
  };
  if (found.size < cap.needed) {
    await release();
    const lost = `only ${found.size} of the ${cap.needed} shares needed were found`;
    throw trouble ?? new Failure('lost', lost, 'try again when more peers are connected');
  }
  return { size: range.length, body: plaintext(cap, shares, range, release) };
}

function onGrid({ needed }: ChkCap, here: number): Failure {
  const message = `only ${here} of the ${needed} shares needed are here; a Tahoe grid keeps the others`;
  return new Failure('failure', message, 'read it there: tahoe get');
}

/** Before anything is fetched. Throws Failure('usage') for one that begins past the end. */
function rangeOf(cap: ChkCap | LitCap, { offset = 0, length }: GetParams): Range {
  const size = cap.kind === 'lit' ? cap.data.length : cap.size;
  if (offset > size) throw new Failure('usage', `the file has only ${size} bytes`, 'give a smaller offset');
  return { offset, length: Math.min(length ?? size, size - offset) };
}

/** The reader went away. */
class Unread extends Error {}

/** decodeFile hands segments to a callback; a reader pulls them, one held at a time. */
async function* plaintext(
  cap: ChkCap | LitCap,
  shares: Map<number, ByteSource>,
  range: Range,
  release: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let give: (value: Uint8Array | undefined) => void = () => {};
  let taken: () => void = () => {};
  let stop: (error: Error) => void = () => {};
  let next = new Promise<Uint8Array | undefined>((resolve) => {
    give = resolve;
  });
  const hand = (segment: Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      taken = resolve;
      stop = reject;
      give(segment);
    });
  const decoding = decodeFile(cap, shares, hand, range).finally(() => give(undefined));
  // Its errors are seen below, or, where the reader is gone, by nobody.
  decoding.catch(() => {});
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
    stop(new Unread());
    await decoding.catch(() => {});
    await release();
  }
}
