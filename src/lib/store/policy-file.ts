import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { realpath, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Policies } from '../plan/policy.js';
import { POLICY_BYTES_MAX, type PolicyJson, parsePolicyJson } from '../plan/policy-file.js';
import { Failure, fromSystemError } from '../util/errors.js';
import { syncFolder, writeFileDurably } from './files.js';

export interface PolicyFile {
  policies: Policies;
  /** What the file says and nothing else; undefined: there is none. */
  json: PolicyJson | undefined;
}

/** Throws a usage Failure, one line, where the file says what no policy is; without a file the defaults hold. */
export function readPolicyFile(path: string): PolicyFile {
  const text = readText(path);
  if (text === undefined) return { policies: parsePolicyJson({}), json: undefined };
  const json = parseJson(text, path);
  return { policies: judge(json, path), json: json as PolicyJson };
}

/**
 * Writes what `change` makes of the file; the file stays as it is where that is no policy, or where `write` is false.
 * A link to the file stays a link.
 */
export async function changePolicyFile(
  path: string,
  change: (json: PolicyJson) => PolicyJson,
  { write = true } = {},
): Promise<PolicyFile> {
  const json = change(readPolicyFile(path).json ?? {});
  const policies = judge(json, path);
  if (write) await replace(path, `${JSON.stringify(json, null, 2)}\n`);
  return { policies, json };
}

async function replace(path: string, text: string): Promise<void> {
  try {
    const target = await realpath(path).catch(() => path);
    // A name of its own: two commands at once leave one file or the other, never a mixture.
    const temporary = `${target}.${randomBytes(6).toString('hex')}`;
    try {
      await writeFileDurably(temporary, text);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(dirname(target));
  } catch (error) {
    throw fromSystemError(error, `cannot write ${path}`);
  }
}

function readText(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fromSystemError(error, `cannot read ${path}`);
  }
  if (text.length > POLICY_BYTES_MAX) throw bad(`${what(path)}: too long`);
  return text;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bad(`${what(path)}: not JSON`);
  }
}

function judge(json: unknown, path: string): Policies {
  try {
    return parsePolicyJson(json, what(path));
  } catch (error) {
    throw bad((error as Failure).message);
  }
}

const what = (path: string) => `bad policy file ${path}`;
const bad = (message: string) => new Failure('usage', message, 'see holdfast-config(5)');
