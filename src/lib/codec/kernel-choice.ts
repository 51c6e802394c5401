import type { KernelClass } from './kernel.js';
import { SimdKernel } from './kernel-simd.js';
import { TableKernel } from './kernel-tables.js';
import { simdSupported } from './simd.js';

let chosen: KernelClass | undefined;

/** The fastest kernel that runs here; all give the same bytes. */
export function fastestKernel(): KernelClass {
  chosen ??= simdSupported() ? SimdKernel : TableKernel;
  return chosen;
}
