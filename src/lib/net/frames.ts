import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface';
import { Uint8ArrayList } from 'uint8arraylist';
import { readU32be, u32be } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import { ProtocolError, unreachable } from './errors.js';

/** Bytes handed to the stream at a time: below 64 KiB throughput falls, above 256 KiB it gains nothing. */
export const CHUNK_BYTES = 256 * 1024;
const HEAD_BYTES = 4;
/** Unread bytes kept here before the sender is told to stop. */
const HIGH_WATER_BYTES = 256 * 1024;
/** After a pause the sender may still fill the yamux window; the stream must hold that without aborting. */
export const WINDOW_BYTES_MAX = 2 * 1024 * 1024;
/** The slowest honest peer: what a frame's deadline grows by. */
const MIN_BYTES_PER_MS = 64;
const SEND_IDLE_MS = 30_000;
const CLOSE_MS = 5_000;

/**
 * Frames (u32be length, then bytes) over one libp2p stream, with bounds, deadlines and back-pressure
 * both ways. libp2p's own iterators and byte streams queue without limit or abort at 4 MiB, so data is
 * taken from `message` events with pause() and resume(), and sends wait for the `drain` event
 * (onDrain() works once only).
 */
export class Framed {
  readonly #stream: Stream;
  readonly #unread = new Uint8ArrayList();
  readonly #sendIdleMs: number;
  #ended = false;
  #finished = false;
  #resuming = false;
  #error: Error | undefined;
  #wanted = 0;
  #wake: (() => void) | undefined;

  constructor(stream: Stream, sendIdleMs = SEND_IDLE_MS) {
    this.#stream = stream;
    this.#sendIdleMs = sendIdleMs;
    stream.maxReadBufferLength = 4 * WINDOW_BYTES_MAX;
    stream.addEventListener('message', this.#onMessage);
    stream.addEventListener('end', this.#onEnd);
    stream.addEventListener('close', this.#onClose);
    this.#ended = stream.readableEnded;
  }

  /** Sends one frame; resolves when the transport has taken it. Rejects on abort, on close, and when the reader stalls. */
  async send(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    let piece = new Uint8ArrayList(u32be(bytes.length), bytes.subarray(0, CHUNK_BYTES));
    for (let offset = CHUNK_BYTES; ; offset += CHUNK_BYTES) {
      if (this.#error) throw this.#error;
      signal?.throwIfAborted();
      this.#stream.send(piece);
      await this.#drained(signal);
      if (offset >= bytes.length) return;
      piece = new Uint8ArrayList(bytes.subarray(offset, offset + CHUNK_BYTES));
    }
  }

  /**
   * The next frame, or undefined where the sender ended cleanly between frames. Throws a ProtocolError
   * for a longer one, an unreachable Failure when it does not come in time or the stream breaks.
   */
  async receive(maxBytes: number, timeoutMs: number): Promise<Uint8Array | undefined> {
    invariant(!this.#wake, 'two readers of one stream');
    const head = await this.#take(HEAD_BYTES, timeoutMs);
    if (!head) return undefined;
    const length = readU32be(head, 0);
    if (length > maxBytes) throw new ProtocolError(`a frame of ${length} bytes, at most ${maxBytes} allowed`);
    const frame = await this.#take(length, timeoutMs + length / MIN_BYTES_PER_MS);
    if (!frame) throw unreachable('the peer stopped in the middle of a message');
    return frame;
  }

  /** Ends our side and reads no more; the stream is aborted if the other side does not end its own soon. */
  async close(): Promise<void> {
    this.#finished = true;
    try {
      await this.#stream.close({ signal: AbortSignal.timeout(CLOSE_MS) });
    } catch (error) {
      return this.abort(error as Error);
    }
    if (this.#stream.status !== 'open' && this.#stream.status !== 'closing') return;
    const linger = setTimeout(() => this.abort(unreachable('the peer did not close its stream')), CLOSE_MS);
    linger.unref();
    this.#stream.addEventListener('close', () => clearTimeout(linger), { once: true });
    this.#resume();
  }

  abort(error: Error): void {
    this.#error ??= error;
    this.#stream.abort(error);
    this.#wake?.();
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    if (this.#finished) return;
    this.#unread.append(event.data);
    if (!this.#resuming) this.#pauseIfFull();
    if (this.#unread.byteLength >= this.#wanted) this.#wake?.();
  };

  #pauseIfFull(): void {
    const full = this.#unread.byteLength > Math.max(this.#wanted, HIGH_WATER_BYTES);
    if (full && this.#stream.readStatus === 'readable') this.#stream.pause();
  }

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#wake?.();
  };

  readonly #onClose = (event: StreamCloseEvent): void => {
    if (event.error) this.#error ??= unreachable(`the stream broke: ${event.error.message}`);
    else if (this.#stream.readBufferLength === 0) this.#ended = true;
    this.#wake?.();
  };

  async #take(length: number, timeoutMs: number): Promise<Uint8Array | undefined> {
    this.#wanted = length;
    if (this.#unread.byteLength < length) await this.#arrived(length, timeoutMs);
    this.#wanted = 0;
    if (this.#unread.byteLength < length) {
      if (this.#error) throw this.#error;
      if (this.#unread.byteLength === 0) return undefined;
      throw unreachable('the peer stopped in the middle of a message');
    }
    const taken = this.#unread.subarray(0, length);
    this.#unread.consume(length);
    return taken;
  }

  async #arrived(length: number, timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#wake = () => {
          if (this.#unread.byteLength >= length || this.#ended || this.#error) resolve();
        };
        if (Number.isFinite(timeoutMs)) {
          timer = setTimeout(() => reject(unreachable('the peer did not answer in time')), timeoutMs);
        }
        this.#resume();
        this.#wake();
      });
    } finally {
      clearTimeout(timer);
      this.#wake = undefined;
    }
  }

  /**
   * resume() hands over what waits and then opens the window: a pause() from within its message event is
   * undone for yamux (8.0.3), which would take data without end into a paused stream. So it comes after.
   */
  #resume(): void {
    if (this.#stream.readStatus !== 'paused') return;
    this.#resuming = true;
    try {
      this.#stream.resume();
    } catch {
      // the connection went away meanwhile: a close event tells
    } finally {
      this.#resuming = false;
    }
    this.#pauseIfFull();
  }

  /** The stream's own listener runs first and sends what is queued: so needing a drain again is seen here. */
  async #drained(signal?: AbortSignal): Promise<void> {
    while (this.#stream.writableNeedsDrain) {
      if (this.#error) throw this.#error;
      if (this.#stream.writeStatus === 'closed') throw unreachable('the stream closed');
      await this.#nextDrain(signal);
    }
  }

  async #nextDrain(signal?: AbortSignal): Promise<void> {
    const done = new AbortController();
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(unreachable('the peer stopped reading')), this.#sendIdleMs);
        const once = { signal: done.signal };
        done.signal.addEventListener('abort', () => clearTimeout(timer));
        this.#stream.addEventListener('drain', () => resolve(), once);
        this.#stream.addEventListener('close', () => reject(this.#error ?? unreachable('the stream closed')), once);
        signal?.addEventListener('abort', () => reject(signal.reason as Error), once);
      });
    } finally {
      done.abort();
    }
  }
}
