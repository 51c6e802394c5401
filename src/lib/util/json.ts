import { fromHex, toHex } from './bytes.js';

/**
 * Plain data with bigint and bytes in it, as JSON can carry it: {"$n":"12"} and {"$x":"00ff"}. For what
 * holdfast's own processes tell each other; records for people carry decimal strings.
 */
export function packJson(value: unknown): unknown {
  if (typeof value === 'bigint') return { $n: value.toString() };
  if (value instanceof Uint8Array) return { $x: toHex(value) };
  if (Array.isArray(value)) return value.map(packJson);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, packJson(inner)]));
}

/** Throws where a tagged value is malformed. */
export function unpackJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpackJson);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const [key, inner] = entries[0] ?? [];
  if (entries.length === 1 && key === '$n' && typeof inner === 'string' && /^-?\d{1,40}$/.test(inner))
    return BigInt(inner);
  if (entries.length === 1 && key === '$x') {
    const bytes = typeof inner === 'string' ? fromHex(inner) : undefined;
    if (!bytes) throw new Error('malformed bytes');
    return bytes;
  }
  return Object.fromEntries(entries.map(([name, item]) => [name, unpackJson(item)]));
}
