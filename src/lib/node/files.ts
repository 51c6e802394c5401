import type { ChkCap } from '../codec/caps.js';
import type { Download } from '../rpc/handlers.js';
import type { CheckRecord, FileRecord, RepairRecord } from '../rpc/records.js';
import type { Spool } from '../store/spool.js';
import type { SealedCap } from './caps.js';
import type { Context } from './context.js';
import { ShareHunt } from './fetch.js';
import { type AdoptParams, adoptFile } from './file-adopt.js';
import { type CheckParams, checkFile } from './file-check.js';
import { forgetFile } from './file-forget.js';
import { type GetParams, getFile } from './file-get.js';
import { type PutParams, putFile } from './file-put.js';
import { blobsOf, fileRecord } from './file-records.js';
import { type RepairParams, repairFile } from './file-repair.js';

/** Files of this owner's: encoded and sealed, restored, checked, repaired, adopted, forgotten. */
export class Files {
  constructor(
    private readonly context: Context,
    private readonly spool: Spool,
    /** Until then this node is still finding its peers, and looks again for what it did not find. */
    private readonly youngUntilMs = 0,
  ) {}

  put(params: PutParams, body: AsyncIterable<Uint8Array>): Promise<FileRecord> {
    return putFile(this.context, this.spool, params, body);
  }

  get(params: GetParams): Promise<Download> {
    return getFile(this.context, this.spool, this.youngUntilMs, params);
  }

  check(params: CheckParams): Promise<CheckRecord> {
    return checkFile(this.context, this.spool, params);
  }

  repair(params: RepairParams): Promise<RepairRecord> {
    return repairFile(this.context, this.spool, this.youngUntilMs, params);
  }

  adopt(params: AdoptParams, body: AsyncIterable<Uint8Array>): Promise<FileRecord> {
    return adoptFile(this.context, this.spool, params, body);
  }

  forget(id: string): Promise<FileRecord> {
    return forgetFile(this.context, id);
  }

  async *list(withCaps: boolean): AsyncGenerator<FileRecord> {
    for await (const [, entry] of this.context.books.files.entries()) {
      yield fileRecord(entry, await blobsOf(this.context, entry.storageIndex), withCaps ? entry.cap : undefined);
    }
  }

  hunt(sealed: SealedCap, cap: ChkCap): ShareHunt {
    return new ShareHunt(this.context, this.spool, sealed, cap);
  }
}
