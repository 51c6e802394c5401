import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, fromSystemError } from '../util/errors.js';
import { Stage } from './stage.js';
import { tellStory } from './story.js';
import type { Teller } from './teller.js';

export interface DemoOptions {
  /** undefined: the project's own packed source. */
  file: string | undefined;
  packageRoot: string;
  self: readonly string[];
  stewards: number;
  /** Leaves the directory behind. */
  keep: boolean;
  teller: Teller;
  stop: AbortSignal;
}

/** One deadline for everything that is waited for. */
const DEADLINE_MS = 10 * 60_000;
/** A smaller file is its own cap, and has no blobs. */
const SMALLEST_BYTES = 56;

export async function runDemo(options: DemoOptions): Promise<string> {
  const { file, teller, stop } = options;
  if (file !== undefined) await checkFile(file);
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  const deadline = AbortSignal.any([stop, AbortSignal.timeout(DEADLINE_MS)]);
  const stage = new Stage(options.self, teller, deadline);
  try {
    const source = file ?? (await packSource(options.packageRoot, dir));
    return await tellStory({ stage, teller, dir, file: source, stewards: options.stewards, deadline });
  } catch (error) {
    if (stop.aborted) throw new Failure('failure', 'the demo was interrupted');
    throw error;
  } finally {
    await stage.clear();
    if (!options.keep) await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function checkFile(file: string): Promise<void> {
  const found = await stat(file).catch((error) => {
    throw fromSystemError(error, file);
  });
  if (!found.isFile()) throw new Failure('usage', `${file} is not a file`);
  if (found.size < SMALLEST_BYTES) {
    throw new Failure(
      'usage',
      `${file} is too small to have blobs`,
      `a file of at most ${SMALLEST_BYTES - 1} bytes is its own cap`,
    );
  }
}

/** The project's own source, packed as npm would publish it. */
function packSource(root: string, dir: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', dir];
    const child = spawn('npm', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
    let name = '';
    child.stdout.on('data', (chunk) => {
      name += chunk;
    });
    child.once('error', (error) => reject(fromSystemError(error, 'npm pack')));
    child.once('close', (status) => {
      if (status === 0) resolve(join(dir, name.trim().split('\n').at(-1)!));
      else reject(new Failure('failure', `npm pack ended with ${status}`));
    });
  });
}
