import { Failure } from './errors.js';

/** 10^8 grains to a token; amounts are unsigned 64-bit grains, held as bigint. */
export const GRAINS_PER_TOKEN = 100_000_000n;
export const MAX_AMOUNT = (1n << 64n) - 1n;
export const GIB = 1n << 30n;

/** Decimal tokens to grains, exactly: at most eight decimals, no sign, no exponent. */
export function parseTokens(text: string): bigint {
  const match = /^(\d{1,12})(?:\.(\d{1,8}))?$/.exec(text);
  if (!match)
    throw new Failure('usage', `not an amount of tokens: ${text}`, 'write it like 1.5, with at most 8 decimals');
  const grains = BigInt(match[1]!) * GRAINS_PER_TOKEN + BigInt((match[2] ?? '').padEnd(8, '0'));
  if (grains > MAX_AMOUNT) throw new Failure('usage', `amount too large: ${text}`);
  return grains;
}

/** Grains as decimal tokens, without trailing zeros. */
export function formatTokens(grains: bigint): string {
  const whole = grains / GRAINS_PER_TOKEN;
  const rest = (grains % GRAINS_PER_TOKEN).toString().padStart(8, '0').replace(/0+$/, '');
  return rest === '' ? whole.toString() : `${whole}.${rest}`;
}

/** People price in tokens a GiB and 30 days; the ledger in grains a GiB and network day. */
export const PRICE_DAYS = 30n;

export function priceFromTokens(text: string): bigint {
  return parseTokens(text) / PRICE_DAYS;
}

/** To six decimals: a price is a whole number of grains a day, so a month's may be off by 30 grains. */
export function formatPrice(grainsPerGibDay: bigint): string {
  return formatTokens(((grainsPerGibDay * PRICE_DAYS + 50n) / 100n) * 100n);
}

/** The shortest text that `priceFromTokens` reads as exactly this price: what a file keeps. */
export function priceText(grainsPerGibDay: bigint): string {
  const least = grainsPerGibDay * PRICE_DAYS;
  let best = least;
  for (let step = 10n; ; step *= 10n) {
    const rounded = ceilDiv(least, step) * step;
    if (rounded >= least + PRICE_DAYS) return formatTokens(best);
    best = rounded;
    if (rounded === 0n) return '0';
  }
}

/** ceil(a / b) for non-negative integers. */
export function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
