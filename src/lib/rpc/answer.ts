import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as v from 'valibot';
import { Failure, isFailure } from '../util/errors.js';
import type { CallContext, Download, Handlers } from './handlers.js';
import { METHODS, type Method } from './methods.js';
import { ERROR_TRAILER, JSON_BYTES_MAX, PARAMS_HEADER, SIZE_HEADER, toHeader, toJson, toWireError } from './wire.js';

export interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  signal: AbortSignal;
}

/** The four shapes, untyped: which one a method has was looked up by its name. */
type Plain = (params: unknown, context: CallContext) => Promise<object>;
type Records = (params: unknown, context: CallContext) => AsyncIterable<object>;
type Upload = (params: unknown, body: AsyncIterable<Uint8Array>, context: CallContext) => Promise<object>;
type Downloads = (params: unknown, context: CallContext) => Promise<Download>;

/** Reads and checks the parameters, calls the handler, writes what it gives. Throws before the first byte only. */
export async function answer(method: Method, handlers: Partial<Handlers>, call: Call): Promise<void> {
  const { request, response, signal } = call;
  const { shape, params: schema } = METHODS[method];
  const handler: unknown = handlers[method];
  if (!handler) throw new Failure('not-found', `this node does not answer ${method}`);
  const text = shape === 'upload' ? String(request.headers[PARAMS_HEADER] ?? '{}') : await readBody(request);
  const params = check(schema, text);
  const context: CallContext = { signal };
  if (shape === 'plain') {
    one(response, await (handler as Plain)(params, context));
  } else if (shape === 'upload') {
    // Left alone at an early end: the rest is to be read and dropped, or the refusal would be lost.
    const body = request.iterator({ destroyOnReturn: false });
    one(response, await (handler as Upload)(params, body, context));
    // A handler that needed no bytes, as for a repeated request, must not leave the caller stuck.
    request.resume();
  } else if (shape === 'records') {
    await stream(response, signal, lines((handler as Records)(params, context)), 'application/x-ndjson');
  } else {
    const { size, body } = await (handler as Downloads)(params, context);
    if (size !== undefined) response.setHeader(SIZE_HEADER, String(size));
    await stream(response, signal, body, 'application/octet-stream');
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > JSON_BYTES_MAX) throw new Failure('usage', `parameters longer than ${JSON_BYTES_MAX} bytes`);
    parts.push(chunk as Buffer);
  }
  return Buffer.concat(parts).toString('utf8') || '{}';
}

function check(schema: v.GenericSchema, text: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Failure('usage', 'the parameters are not JSON');
  }
  // To valibot an array is an object without entries.
  if (Array.isArray(json)) throw new Failure('usage', 'bad parameter list: expected an object');
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  // The message is made here: valibot's own repeats the value, which may be a secret.
  throw new Failure(
    'usage',
    `bad parameter ${v.getDotPath(issue) ?? 'list'}: expected ${issue.expected ?? issue.type}`,
  );
}

function one(response: ServerResponse, result: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(toJson(result));
}

async function* lines(records: AsyncIterable<object>): AsyncGenerator<Uint8Array> {
  for await (const record of records) yield Buffer.from(`${toJson(record)}\n`);
}

/**
 * The first chunk is awaited before the head is sent: most errors come before it, and are told as an
 * error. A later one goes into the trailer. The caller's hanging up ends the iteration.
 */
async function stream(
  response: ServerResponse,
  signal: AbortSignal,
  chunks: AsyncIterable<Uint8Array>,
  type: string,
): Promise<void> {
  const iterator = chunks[Symbol.asyncIterator]();
  const head = () => response.writeHead(200, { 'content-type': type, trailer: ERROR_TRAILER });
  try {
    // A stream that waits for news must not keep its reader waiting for the head.
    const soon = setTimeout(() => !response.headersSent && head().flushHeaders(), 100);
    let next = await iterator.next().finally(() => clearTimeout(soon));
    if (!response.headersSent) head();
    for (; !next.done; next = await iterator.next()) {
      if (signal.aborted) break;
      if (!response.write(next.value)) await once(response, 'drain', { signal });
    }
    response.end();
  } catch (error) {
    if (!response.headersSent) throw error;
    if (signal.aborted && response.destroyed) return;
    const failure = isFailure(error) ? error : new Failure('failure', 'the node failed in the middle of its answer');
    response.addTrailers({ [ERROR_TRAILER]: toHeader(toWireError(failure)) });
    response.end();
    if (!isFailure(error) && !signal.aborted) throw error;
  } finally {
    await iterator.return?.().catch(() => {});
  }
}
