import { connect } from 'node:net';
import type { Multiaddr } from '@multiformats/multiaddr';
import * as v from 'valibot';
import { encodeCbor } from '../util/cbor.js';
import type { Clock } from '../util/clock.js';
import { Failure } from '../util/errors.js';
import { Slots } from './slots.js';
import { call, parsePeerId, serve, type Wiring } from './streams.js';
import { encodeOk, LIMITS, parseAnswer, parseRequest } from './wire.js';

/** How this node looks from outside: what others' clocks say, and whether they reach a port of its. */
const uint = (max = Number.MAX_SAFE_INTEGER) => v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(max));
const REQUESTS = {
  time: v.strictTuple([]),
  dial: v.strictTuple([v.pipe(uint(65_535), v.minValue(1))]),
} as const;
/** Milliseconds since 1970. */
const TimeAnswer = uint();
const DialAnswer = v.boolean();

const REQUEST_MS = 10_000;
const ANSWER_MS = 20_000;
const DIAL_MS = 5_000;
const SLOTS = { all: 8, perPeer: 2 };
/** An exchange that took longer says too little of a clock. */
const EXCHANGE_MS_MAX = 1_000;
/** So many peers are asked, and so many are enough for a median that one liar does not move. */
const ASKED = 8;

/** A port is tried at the asker's own address alone: nobody can have others knocked at. */
export async function serveOutlook(wiring: Wiring, protocol: string, clock: Clock): Promise<void> {
  const slots = new Slots(SLOTS.all, SLOTS.perPeer);
  await serve(wiring, protocol, 'sync', async (framed, peer) => {
    const request = parseRequest(REQUESTS, await framed.receive(LIMITS.requestBytes, REQUEST_MS));
    if (request.method === 'time') return framed.send(encodeOk(clock.now()));
    const from = peer.toString();
    const host = hostOf(wiring.host.getConnections(peer).find(({ status }) => status === 'open')?.remoteAddr);
    if (host === undefined) throw new Failure('unreachable', 'not connected by an address of its own');
    const [port] = request.params;
    await slots.run(from, async () => framed.send(encodeOk(await answers(host, port, DIAL_MS))));
  });
}

/** host: an IP address. Whether anything takes a connection there. */
function answers(host: string, port: number, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ms });
    const end = (reached: boolean) => {
      socket.destroy();
      resolve(reached);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

function hostOf(address: Multiaddr | undefined): string | undefined {
  return address?.getComponents().find(({ name }) => name === 'ip4' || name === 'ip6')?.value;
}

/**
 * How far a peer's clock is ahead, in ms: at half its exchange with us, and so wrong by half of what that took
 * (RFC 5905 section 8). Undefined where that is too much.
 */
async function ahead(wiring: Wiring, protocol: string, peer: string, clock: Clock): Promise<number | undefined> {
  return call(wiring, peer, protocol, async (framed) => {
    const began = performance.now();
    const asked = clock.now();
    await framed.send(encodeCbor(['time']));
    const theirs = parseAnswer(TimeAnswer, await framed.receive(LIMITS.answerBytes, ANSWER_MS));
    const took = performance.now() - began;
    return took > EXCHANGE_MS_MAX ? undefined : Math.round(theirs - (asked + took / 2));
  });
}

/** Of the connected peers that answered: how far each one's clock is ahead, in ms. */
export async function clocksOf(wiring: Wiring, protocol: string, peers: string[], clock: Clock): Promise<number[]> {
  const asked = peers.slice(0, ASKED).map((peer) => ahead(wiring, protocol, peer, clock).catch(() => undefined));
  return (await Promise.all(asked)).filter((offset) => offset !== undefined);
}

/** What shares the machine is no witness: no firewall lies between. */
const isElsewhere = (host: string) => !/^(127\.|::1$|0:0:0:0:0:0:0:1$)/.test(host);

/** Whether a peer on another machine reaches a port here; undefined where none could say. */
export async function reached(
  wiring: Wiring,
  protocol: string,
  peers: string[],
  port: number,
  isWitness: (host: string) => boolean = isElsewhere,
): Promise<boolean | undefined> {
  let said: boolean | undefined;
  for (const peer of peers.slice(0, ASKED)) {
    const host = hostOf(wiring.host.getConnections(parsePeerId(peer))[0]?.remoteAddr);
    if (host === undefined || !isWitness(host)) continue;
    const answer = await call(wiring, peer, protocol, async (framed) => {
      await framed.send(encodeCbor(['dial', port]));
      return parseAnswer(DialAnswer, await framed.receive(LIMITS.answerBytes, ANSWER_MS));
    }).catch(() => undefined);
    if (answer) return true;
    said ??= answer;
  }
  return said;
}
