import { Kernel } from './kernel.js';
import { LANES, SimdMachine } from './simd.js';

/** Sixteen bytes an instruction, in WebAssembly: strip by strip, through the memory of the thread's machine. */
export class SimdKernel extends Kernel {
  protected override multiply(inputs: readonly Uint8Array[], outputs: readonly Uint8Array[], length: number): void {
    const machine = SimdMachine.get();
    const { memory } = machine;
    const stride = machine.stride(inputs.length + outputs.length);
    const firstOutput = LANES + inputs.length * stride;
    for (let start = 0; start < length; start += stride) {
      const end = Math.min(length, start + stride);
      inputs.forEach((input, lane) => {
        memory.set(input.subarray(start, end), LANES + lane * stride);
      });
      machine.multiply(this.rows, end - start);
      outputs.forEach((output, lane) => {
        const at = firstOutput + lane * stride;
        output.set(memory.subarray(at, at + end - start), start);
      });
    }
  }
}
