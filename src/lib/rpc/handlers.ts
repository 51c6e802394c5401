import type { METHODS, Method, MethodParams } from './methods.js';
import type { Results } from './results.js';

export interface CallContext {
  /** Aborted when the caller hangs up, or the node stops. */
  signal: AbortSignal;
}

export interface Download {
  /** Bytes, where they are known before. */
  size?: number;
  body: AsyncIterable<Uint8Array>;
}

/** What answers a method, by its shape. Every bigint in an answer leaves as a decimal string. */
interface ByShape<M extends Method> {
  plain: (params: MethodParams<M>, context: CallContext) => Promise<Results[M]>;
  records: (params: MethodParams<M>, context: CallContext) => AsyncIterable<Results[M]>;
  upload: (params: MethodParams<M>, body: AsyncIterable<Uint8Array>, context: CallContext) => Promise<Results[M]>;
  download: (params: MethodParams<M>, context: CallContext) => Promise<Download>;
}

export type Handler<M extends Method> = ByShape<M>[(typeof METHODS)[M]['shape']];
export type Handlers = { [M in Method]: Handler<M> };
