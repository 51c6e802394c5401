import { Readable } from 'node:stream';
import { spec } from 'node:test/reporters';

/** Node's own report, and after it which tests were skipped, and why: a skip must never pass unseen. */
export default async function* report(source) {
  const skipped = new Map();
  async function* watched() {
    for await (const event of source) {
      const reason = event.type === 'test:pass' && event.data.skip;
      if (reason) skipped.set(reason, [...(skipped.get(reason) ?? []), event.data.name]);
      yield event;
    }
  }
  yield* Readable.from(watched()).pipe(new spec());
  yield skipped.size === 0 ? '\nskipped: none\n' : '\nskipped:\n';
  for (const [reason, names] of skipped) {
    yield `  ${reason === true ? 'no reason given' : reason}: ${names.join('; ')}\n`;
  }
}
