import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Failure, fromSystemError, isFailure } from '../util/errors.js';
import { answer } from './answer.js';
import type { Handlers } from './handlers.js';
import { METHODS, type Method } from './methods.js';
import { claimSocket, releaseSocket } from './socket.js';
import { HEADER_BYTES_MAX, httpStatus, toJson, toWireError } from './wire.js';

export interface RpcLog {
  /** A bug: a handler threw what is not a Failure. */
  error(details: { method: string; error: unknown }, message: string): void;
}

export interface RpcServerOptions {
  /** The data directory. */
  dir: string;
  handlers: Partial<Handlers>;
  log: RpcLog;
}

export interface RpcServer {
  readonly path: string;
  /** Takes no more calls, lets those under way end for `graceMs`, then cuts them off. */
  close(graceMs?: number): Promise<void>;
}

/** Calls at once; a stuck client must not take the node's memory with it. */
const CALLS_MAX = 256;
const CONNECTIONS_MAX = 512;
const HEADERS_MS_MAX = 10_000;
/** A caller that was answered early may send this long what nobody reads. */
const DRAIN_MS_MAX = 10_000;

/** Listens on the data directory's socket, for its owner only. Fails with `locked` where a node does already. */
export async function createRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const path = await claimSocket(options.dir);
  const stopping = new AbortController();
  let calls = 0;
  const server = createServer(
    { maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: HEADERS_MS_MAX, requestTimeout: 0, keepAliveTimeout: 1000 },
    (request, response) => {
      if (calls >= CALLS_MAX) return refuse(request, response, new Failure('temporary', 'the node is busy'));
      calls++;
      serve(options, stopping.signal, request, response).finally(() => calls--);
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.on('clientError', refuseGarbage);
  await listen(server, path);
  return {
    path,
    async close(graceMs = 2000) {
      stopping.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(cut);
      releaseSocket(options.dir);
    },
  };
}

async function serve(
  { handlers, log }: RpcServerOptions,
  stopping: AbortSignal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const hungUp = new AbortController();
  response.once('close', () => hungUp.abort());
  response.on('error', () => hungUp.abort());
  const signal = AbortSignal.any([hungUp.signal, stopping]);
  let method = '';
  try {
    method = methodOf(request);
    await answer(method as Method, handlers, { request, response, signal });
  } catch (error) {
    if (hungUp.signal.aborted) return;
    if (!isFailure(error)) log.error({ method, error }, 'a call failed unexpectedly');
    refuse(request, response, isFailure(error) ? error : new Failure('failure', `internal error in ${method}`));
  }
}

/** Only `POST /v1/<method>`: whatever a browser could be tricked into sending is something else. */
function methodOf(request: IncomingMessage): Method {
  const name = /^\/v1\/([a-z.]{1,64})$/.exec(request.url ?? '')?.[1];
  if (name === undefined || !Object.hasOwn(METHODS, name)) throw new Failure('not-found', 'no such method');
  if (request.method !== 'POST') throw new Failure('usage', 'methods are called with POST');
  return name as Method;
}

function refuse(request: IncomingMessage, response: ServerResponse, error: Failure): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const body = toJson(toWireError(error));
  const length = Buffer.byteLength(body);
  response.writeHead(httpStatus(error.code), {
    ...{ 'content-type': 'application/json', 'content-length': length, connection: 'close' },
  });
  response.write(body);
  // What is still coming is read and dropped before the end: closing on unread bytes would destroy the
  // answer too, and to end is to close.
  const end = () => {
    clearTimeout(cut);
    response.end();
  };
  const cut = setTimeout(() => request.destroy(), DRAIN_MS_MAX).unref();
  if (request.complete) end();
  else request.once('end', end).once('close', end);
  request.on('error', () => {}).resume();
}

function refuseGarbage(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const body = toJson(toWireError(new Failure('usage', 'not a request that this socket understands')));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(fromSystemError(error, `cannot listen at ${path}`)));
    // The socket must never be open to others, not even between bind and chmod.
    const before = process.umask(0o177);
    try {
      server.listen(path, () => {
        chmodSync(path, 0o600);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}
