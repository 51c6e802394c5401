import './polyfill.js';
import { createHash } from 'node:crypto';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { type GossipSub, gossipsub, type Message, StrictNoSign } from '@libp2p/gossipsub';
import { type Identify, identify } from '@libp2p/identify';
import type { Libp2p, PeerId } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { type Ping, ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { Failure } from '../util/errors.js';
import { parseAddress } from './addresses.js';
import { WINDOW_BYTES_MAX } from './frames.js';

export type Services = { identify: Identify; ping: Ping; gossip: GossipSub };
export type Host = Libp2p<Services>;

export interface HostOptions {
  /** Ed25519 identity: 32 bytes. */
  seed: Uint8Array;
  /** Multiaddrs; port 0 lets the system choose. Only what is listened on is announced. */
  listen: string[];
  /** The only gossip topics there are. */
  topics: string[];
  connectionsMax: number;
  banned: (peer: string) => boolean;
}

/** On a busy machine a handshake takes seconds; a stranger's half-open ones are bounded in number too. */
const HANDSHAKE_MS = 20_000;
const GOSSIP_QUEUE_BYTES = 8 * 1024 * 1024;
const LOOPBACK = new Set(['127.0.0.1', '::1', '0:0:0:0:0:0:0:1']);

/** libp2p with tcp, noise, yamux, identify, ping and gossipsub: no mDNS, no relay, no DHT yet. */
export async function createHost(options: HostOptions): Promise<Host> {
  options.listen.forEach(parseAddress);
  const privateKey = await generateKeyPairFromSeed('Ed25519', options.seed);
  const denied = (peer: PeerId) => peer.type !== 'Ed25519' || options.banned(peer.toString());
  try {
    return await createLibp2p<Services>({
      privateKey,
      nodeInfo: { name: 'holdfast', version: '1', userAgent: 'holdfast/1' },
      addresses: { listen: options.listen },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      // A larger window would let a paused stream hold more unread bytes than Framed allows it.
      streamMuxers: [yamux({ streamOptions: { maxStreamWindowSize: WINDOW_BYTES_MAX } })],
      connectionGater: {
        denyDialPeer: denied,
        denyInboundEncryptedConnection: denied,
        denyOutboundEncryptedConnection: denied,
      },
      connectionManager: {
        maxConnections: options.connectionsMax,
        maxParallelDials: 16,
        dialTimeout: HANDSHAKE_MS,
        addressDialTimeout: HANDSHAKE_MS / 2,
        inboundUpgradeTimeout: HANDSHAKE_MS,
        outboundStreamProtocolNegotiationTimeout: HANDSHAKE_MS,
        inboundStreamProtocolNegotiationTimeout: HANDSHAKE_MS,
        // A second, a host: a devnet's nodes all dial from one address at once.
        inboundConnectionThreshold: 32,
        maxIncomingPendingConnections: 32,
        // No dnsaddr: one address is one dial.
        resolvers: {},
      },
      // A starved process is slow, not gone.
      connectionMonitor: { pingTimeout: { minTimeout: HANDSHAKE_MS } },
      peerStore: { maxAddressAge: 24 * 3_600_000, maxPeerAge: 24 * 3_600_000 },
      services: {
        identify: identify({ timeout: HANDSHAKE_MS }),
        ping: ping(),
        gossip: gossipsub(gossipOptions(options.topics)),
      },
    });
  } catch (error) {
    throw listenFailure(error as Error);
  }
}

const LISTEN_ERRORS: Record<string, string> = {
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'permission denied',
};

/** libp2p reports this with stack traces in its message: one line of it is for the operator. */
function listenFailure({ message }: Error): Failure {
  const found = /^\s+(\/\S+): Error: listen (E[A-Z]+)/m.exec(message);
  if (found) return new Failure('failure', `cannot listen on ${found[1]}: ${LISTEN_ERRORS[found[2]!] ?? found[2]}`);
  return new Failure('failure', `cannot start the network: ${message.split('\n')[0]}`);
}

/** Transactions and headers carry signatures or work of their own, so gossip signs nothing: four times the rate. */
function gossipOptions(topics: string[]) {
  return {
    globalSignaturePolicy: StrictNoSign as typeof StrictNoSign,
    msgIdFn: messageId,
    allowedTopics: topics,
    fallbackToFloodsub: false,
    // A message nobody heard must not count as seen: it is offered again later.
    allowPublishToZeroTopicPeers: false,
    ignoreDuplicatePublishError: true,
    maxOutboundBufferSize: GOSSIP_QUEUE_BYTES,
    maxTopicBytesPerPeer: 8 * 1024,
    decodeRpcLimits: {
      maxSubscriptions: 16,
      maxMessages: 1024,
      maxIhaveMessageIDs: 5000,
      maxIwantMessageIDs: 5000,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: 64,
      maxPeerInfos: 16,
    },
    // Ten peers and more on one address are Sybils, except on a devnet.
    scoreParams: { IPColocationFactorWhitelist: LOOPBACK },
  };
}

/** The topic is part of it: else a header sent as a transaction would be refused, and then be known. */
function messageId(message: Message): Uint8Array {
  return createHash('sha256').update(message.topic).update('\0').update(message.data).digest();
}
