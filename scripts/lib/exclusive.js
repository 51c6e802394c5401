import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';

/**
 * One set-up at a time in a checkout. The lock is a socket in Linux's abstract namespace: the kernel
 * grants it once, and drops it with its holder, however that ends. So nothing can go stale.
 */
export async function exclusively(root, action) {
  if (process.platform !== 'linux') return action();
  const owner = `${process.getuid()} ${root}`;
  const name = `\0holdfast-setup-${createHash('sha256').update(owner).digest('hex').slice(0, 32)}`;
  const lock = await take(name);
  try {
    return await action();
  } finally {
    lock.release();
  }
}

async function take(name) {
  for (let told = false; ; told = true) {
    const lock = await listen(name);
    if (lock) return lock;
    if (!told) console.error('waiting for another set-up of this checkout');
    await released(name);
  }
}

function listen(name) {
  return new Promise((resolve, reject) => {
    const waiting = new Set();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.once('error', () => {}).once('close', () => waiting.delete(socket));
    });
    const release = () => {
      server.close();
      for (const socket of waiting) socket.destroy();
    };
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(name, () => resolve({ release }));
  });
}

/** A connection to the holder ends when the holder does, or lets go. */
function released(name) {
  return new Promise((resolve) => {
    const socket = connect(name);
    socket.resume();
    socket.once('error', () => {});
    socket.once('close', () => setTimeout(resolve, 50));
  });
}
