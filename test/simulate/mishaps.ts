import { Random } from '../sim/random.js';
import type { Seat } from './seats.js';
import { DAY, type Setting } from './setting.js';
import type { Steward } from './steward.js';

export interface Mishap {
  slot: number;
  happen(slot: number): void;
}

const HOUR = DAY / 24;

/** Waiting times of a Poisson process. */
function* times(random: Random, meanSlots: number, end: number): Generator<number> {
  if (!Number.isFinite(meanSlots) || meanSlots <= 0) return;
  for (let at = 0; ; ) {
    at += -Math.log(1 - random.unit()) * meanSlots;
    if (at >= end) return;
    yield at;
  }
}

/** What befalls a steward, honest or not: the same in the same seat, whoever sits there. */
export function mishaps({ agent, strategy }: Seat<Steward>, setting: Setting, end: number): Mishap[] {
  const of = (what: string) => new Random(`simulate ${setting.seed} ${agent.name} ${what}`);
  const { diskAfr, lifetimeDays, availability, outageHours } = setting;
  const lose = { happen: () => agent.lose() };
  const leave = {
    happen: () => {
      agent.lose();
      agent.backSlot = Number.POSITIVE_INFINITY;
    },
  };
  const away = (random: Random, meanSlots: number, leastSlots = 0): Pick<Mishap, 'happen'> => ({
    happen: (slot) => {
      const back = slot + leastSlots - Math.log(1 - random.unit()) * meanSlots;
      agent.backSlot = Math.max(agent.backSlot, back);
    },
  });
  const list: Mishap[] = [];
  for (const slot of times(of('disk'), (365 * DAY) / diskAfr, end)) list.push({ slot, ...lose });
  const [death] = times(of('lifetime'), lifetimeDays * DAY, end);
  if (death !== undefined) list.push({ slot: death, ...leave });
  const outage = outageHours * HOUR;
  const lengths = of('outage lengths');
  const between = (outage * availability) / (1 - availability);
  for (const slot of times(of('outages'), between, end)) list.push({ slot, ...away(lengths, outage) });
  // A third of the run in, so that there is something to lose.
  const own = of('strategy');
  if (strategy.name === 'vanish') list.push({ slot: end * (0.2 + 0.6 * own.unit()), ...leave });
  if (strategy.name === 'vanish-together') list.push({ slot: end * 0.45, ...leave });
  if (strategy.name === 'return') {
    for (const slot of times(own, 120 * DAY, end)) list.push({ slot, ...away(own, 3 * DAY, 3 * DAY) });
  }
  return list;
}
