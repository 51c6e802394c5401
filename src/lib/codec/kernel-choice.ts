import type { KernelClass } from './kernel.js';
import { SimdKernel } from './kernel-simd.js';
import { TableKernel } from './kernel-tables.js';

let chosen: KernelClass | undefined;

/** The fastest kernel that runs here; all give the same bytes. */
export function fastestKernel(): KernelClass {
  chosen ??= SimdKernel.supported() ? SimdKernel : TableKernel;
  return chosen;
}
