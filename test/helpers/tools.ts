import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';

/**
 * True where a program of the system is there. Where it is not, the test is skipped with a reason
 * that the summary shows; with HOLDFAST_REQUIRE_TOOLS, as in CI, that is a failure.
 */
export function needTool(t: TestContext, tool: string): boolean {
  const found = spawnSync('/bin/sh', ['-c', `command -v ${tool}`]).status === 0;
  if (found) return true;
  if (process.env.HOLDFAST_REQUIRE_TOOLS) throw new Error(`${tool} is missing, and HOLDFAST_REQUIRE_TOOLS is set`);
  t.skip(`${tool} is not installed`);
  return false;
}
