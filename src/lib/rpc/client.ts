import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { Failure, isFailure } from '../util/errors.js';
import type { Method, MethodInput, MethodsOf } from './methods.js';
import type { Results } from './results.js';
import { findSocket } from './socket.js';
import {
  ERROR_TRAILER,
  fromWireError,
  JSON_BYTES_MAX,
  LINE_BYTES_MAX,
  PARAMS_HEADER,
  SIZE_HEADER,
  toHeader,
  toJson,
} from './wire.js';

/** Amounts may be given as bigint; they travel as decimal strings. */
export type Params<M extends Method> = {
  [K in keyof MethodInput<M>]: string extends MethodInput<M>[K] ? MethodInput<M>[K] | bigint : MethodInput<M>[K];
};

export interface DownloadResult {
  size: number | undefined;
  /** Ends with an error where the node failed, or hung up, in the middle. */
  body: Readable;
}

/**
 * Speaks to the node of a data directory. Light: no schema library, since the node checks what it is
 * sent. Every error is a Failure: the node's own, or `unreachable` where nobody listens.
 */
export class RpcClient {
  readonly path: string;

  /** dir: the data directory. */
  constructor(dir: string) {
    this.path = findSocket(dir);
  }

  async call<M extends MethodsOf<'plain'>>(method: M, params: Params<M>): Promise<Results[M]> {
    const response = await this.#send(method, {}, (outgoing) => outgoing.end(toJson(params)));
    return JSON.parse(await text(response, LINE_BYTES_MAX)) as Results[M];
  }

  async *records<M extends MethodsOf<'records'>>(method: M, params: Params<M>): AsyncGenerator<Results[M]> {
    const response = await this.#send(method, {}, (outgoing) => outgoing.end(toJson(params)));
    try {
      for await (const line of linesOf(whole(response))) yield JSON.parse(line) as Results[M];
    } finally {
      response.destroy();
    }
  }

  /** An error in `body` cuts the call off, so that the node stores nothing. */
  async upload<M extends MethodsOf<'upload'>>(
    method: M,
    params: Params<M>,
    body: AsyncIterable<Uint8Array>,
  ): Promise<Results[M]> {
    let broken: unknown;
    const source = Readable.from(body, { objectMode: false, highWaterMark: 1 << 20 });
    try {
      const response = await this.#send(method, { [PARAMS_HEADER]: toHeader(params) }, (outgoing) => {
        source.once('error', (error) => {
          broken = error;
          outgoing.destroy(error);
        });
        // An early answer is a refusal: the rest is not sent, but the request is ended in due form.
        outgoing.once('response', () => {
          source.unpipe(outgoing);
          outgoing.end();
        });
        source.pipe(outgoing);
      });
      return JSON.parse(await text(response, JSON_BYTES_MAX)) as Results[M];
    } catch (error) {
      throw broken ?? error;
    } finally {
      source.destroy();
    }
  }

  async download<M extends MethodsOf<'download'>>(method: M, params: Params<M>): Promise<DownloadResult> {
    const response = await this.#send(method, {}, (outgoing) => outgoing.end(toJson(params)));
    const size = response.headers[SIZE_HEADER];
    const body = Readable.from(whole(response), { objectMode: false, highWaterMark: 1 << 20 });
    body.once('close', () => response.destroy());
    return { size: size === undefined ? undefined : Number(size), body };
  }

  async #send(
    method: Method,
    headers: Record<string, string>,
    write: (outgoing: ClientRequest) => void,
  ): Promise<IncomingMessage> {
    // No server's name is worked out from no host: that alone took 5 ms of a command's start.
    const options = {
      socketPath: this.path,
      servername: '',
      method: 'POST',
      path: `/v1/${method}`,
      headers,
      agent: false,
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(options, resolve);
      outgoing.once('error', (error) => reject(this.#unreachable(error)));
      // Whatever goes wrong after the answer began is seen by who reads it.
      outgoing.on('error', () => {});
      write(outgoing);
    });
    if (response.statusCode === 200) return response;
    const body = await text(response, JSON_BYTES_MAX);
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {}
    throw fromWireError(json);
  }

  #unreachable(error: NodeJS.ErrnoException): Failure {
    if (isFailure(error)) return error;
    if (error.code === 'EACCES') return new Failure('unreachable', `the socket ${this.path} belongs to someone else`);
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return hungUp();
    return new Failure('unreachable', `no node is listening at ${this.path}`, 'start one with holdfast node start');
  }
}

function hungUp(): Failure {
  return new Failure('unreachable', 'the node hung up in the middle of its answer', 'see its log');
}

async function text(response: IncomingMessage, limit: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of whole(response)) {
    size += chunk.length;
    if (size > limit) throw new Failure('failure', 'the node gave an answer that is too long');
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** The answer's bytes to its very end: one that was cut off, or says in its trailer that it failed, throws. */
async function* whole(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Uint8Array;
  } catch (error) {
    throw isFailure(error) ? error : hungUp();
  }
  const trailer = response.trailers[ERROR_TRAILER];
  if (trailer !== undefined) throw fromWireError(JSON.parse(trailer));
  if (!response.complete) throw hungUp();
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop()!;
    if (rest.length > LINE_BYTES_MAX) throw new Failure('failure', 'the node gave a line that is too long');
    yield* parts.filter((part) => part !== '');
  }
  if (rest !== '') yield rest;
}
