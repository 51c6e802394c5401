import { toHex } from '../util/bytes.js';

/** Every name on the wire carries the network's id: nodes of two networks never speak past the handshake. */
export interface Names {
  headers: string;
  txs: string;
  sync: string;
  blob: string;
  outlook: string;
}

/** genesisId: 32 bytes. */
export function namesFor(genesisId: Uint8Array): Names {
  const root = `/holdfast/${toHex(genesisId)}`;
  return {
    headers: `${root}/headers/1`,
    txs: `${root}/txs/2`,
    sync: `${root}/sync/1`,
    blob: `${root}/blob/1`,
    outlook: `${root}/outlook/1`,
  };
}
