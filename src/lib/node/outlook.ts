import type { Outlook } from '../rpc/results.js';
import type { Context } from './context.js';

/** How this node looks from outside, as its peers say: for doctor. Takes some seconds. */
export async function outlookOf({ network }: Context): Promise<Outlook> {
  const ports = [...new Set(network.addresses().flatMap(portElsewhere))];
  const [clocks_ahead_ms, ...reached] = await Promise.all([
    network.clocks(),
    ...ports.map(async (port) => ({ port, reached: (await network.reached(port)) ?? null })),
  ]);
  return {
    clocks_ahead_ms,
    ports: reached,
    bootstrap: network.bootstrap().map(({ address, connected }) => ({ address, connected })),
  };
}

/** The port of an address that others can use. */
function portElsewhere(address: string): number[] {
  const [, host, port] = /^\/ip[46]\/([^/]+)\/tcp\/(\d+)/.exec(address) ?? [];
  return host === undefined || /^(127\.|::1$)/.test(host) ? [] : [Number(port)];
}
