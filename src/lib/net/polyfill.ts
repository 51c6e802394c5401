/**
 * Node 20 lacks Promise.withResolvers (ES2024): libp2p imports without it and dies when it dials.
 * Load this before anything of libp2p's.
 */
interface WithResolvers<T> {
  promise: Promise<T>;
  resolve: (value: T | PromiseLike<T>) => void;
  reject: (reason?: unknown) => void;
}

const promises = Promise as PromiseConstructor & { withResolvers?: <T>() => WithResolvers<T> };

promises.withResolvers ??= <T>(): WithResolvers<T> => {
  let resolve!: WithResolvers<T>['resolve'];
  let reject!: WithResolvers<T>['reject'];
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
};
