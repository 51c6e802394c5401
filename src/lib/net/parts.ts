import type { JoinTarget } from '../chain/join/join.js';
import type { Part, PartAnswer } from '../chain/join/part.js';
import type { Cbor } from '../util/cbor.js';
import { ProtocolError } from './errors.js';
import { LIMITS } from './wire.js';

/** What a newcomer asks for and is told, as it goes over the wire. */
type WirePart = [depth: number, prefix: Uint8Array, hash: Uint8Array];
type WireAnswer =
  | ['leaves', [key: Uint8Array, value: Uint8Array][]]
  | ['inner', depth: number, prefix: Uint8Array, left: Uint8Array, right: Uint8Array];
type WireCheckpoint = [height: number, id: Uint8Array, start: Uint8Array];

export const writeCheckpoint = ({ height, id, start }: JoinTarget): Cbor => [height, id, start];
export const readCheckpoint = ([height, id, start]: WireCheckpoint): JoinTarget => ({ height, id, start });

export const writePart = ({ depth, prefix, hash }: Part): Cbor => [depth, prefix, hash];
export const readPart = ([depth, prefix, hash]: WirePart): Part => ({ depth, prefix, hash });

function writeAnswer(answer: PartAnswer): Cbor {
  if (answer.kind === 'leaves') return ['leaves', answer.entries.map(({ key, value }) => [key, value])];
  return ['inner', answer.depth, answer.prefix, answer.left, answer.right];
}

export function readPartAnswer(wire: WireAnswer): PartAnswer {
  if (wire[0] === 'leaves') return { kind: 'leaves', entries: wire[1].map(([key, value]) => ({ key, value })) };
  const [kind, depth, prefix, left, right] = wire;
  return { kind, depth, prefix, left, right };
}

/** What an entry takes with its CBOR heads, at most. */
const ENTRY_HEADS = 11;

function sizeOf(answer: PartAnswer): number {
  if (answer.kind === 'inner') return 128;
  return answer.entries.reduce((sum, { key, value }) => sum + key.length + value.length + ENTRY_HEADS, 16);
}

/** Answers to as many parts as fit into a frame, at least to the first; null where the state is not served. */
export async function answerParts(
  handlers: { part(id: Uint8Array, part: Part): Promise<PartAnswer | undefined> },
  id: Uint8Array,
  parts: Part[],
): Promise<Cbor> {
  const answers: Cbor[] = [];
  let total = 0;
  for (const part of parts) {
    const answer = await handlers.part(id, part);
    if (!answer) return null;
    total += sizeOf(answer);
    if (total > LIMITS.partsBytes && answers.length > 0) break;
    answers.push(writeAnswer(answer));
  }
  if (parts.length === 0) throw new ProtocolError('no part was asked for');
  return answers;
}
