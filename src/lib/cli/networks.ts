import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Params, type ParamsJson, parseParams } from '../chain/params.js';
import type { NetworkRecord } from '../rpc/records.js';
import { toHex } from '../util/bytes.js';
import { Failure, fromSystemError } from '../util/errors.js';

export interface KnownNetwork {
  record: NetworkRecord;
  params: Params;
  json: ParamsJson;
}

const GENESIS_BYTES_MAX = 64 * 1024;

/** The networks this machine knows, in the order of their names. `dir`: paths.networks. */
export function knownNetworks(dir: string): KnownNetwork[] {
  if (!existsSync(dir)) return [];
  const files = readdirSync(dir).filter((name) => name.endsWith('.json'));
  return files.sort().map((name) => readGenesis(join(dir, name)));
}

/** By its name, or by the path of a genesis file. */
export function findNetwork(dir: string, nameOrFile: string): KnownNetwork {
  const known = join(dir, `${nameOrFile}.json`);
  if (basename(nameOrFile) === nameOrFile && existsSync(known)) return readGenesis(known);
  if (existsSync(nameOrFile)) return readGenesis(nameOrFile);
  throw new Failure('not-found', `no such network: ${nameOrFile}`, 'holdfast network ls shows those known here');
}

/** Writes a genesis file; one that is there already is another network's, and stays. */
export function writeGenesis(file: string, json: ParamsJson): KnownNetwork {
  const params = parseParams(json);
  try {
    writeFileSync(file, `${JSON.stringify(json, null, 2)}\n`, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new Failure('failure', `${file} exists already`, 'take another name');
    }
    throw fromSystemError(error, `cannot write ${file}`);
  }
  return { params, json, record: recordOf(params, file) };
}

export function makeNetworksDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fromSystemError(error, `cannot make ${dir}`);
  }
}

function readGenesis(file: string): KnownNetwork {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw fromSystemError(error, `cannot read ${file}`);
  }
  if (text.length > GENESIS_BYTES_MAX) throw new Failure('usage', `bad genesis: ${file} is too long`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Failure('usage', `bad genesis: ${file} is not JSON`);
  }
  const params = parseParams(json);
  return { params, json: json as ParamsJson, record: recordOf(params, file) };
}

function recordOf(params: Params, file: string): NetworkRecord {
  return { type: 'network', name: params.name, network_id: toHex(params.derived.genesisId), file };
}
