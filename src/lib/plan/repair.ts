import type { OwnerAction, OwnerBlob, OwnerFile } from './types.js';

/** The newest generation of each share of a file. */
export function newestShares(storageIndex: string, blobs: readonly OwnerBlob[]): OwnerBlob[] {
  const newest = new Map<number, OwnerBlob>();
  for (const blob of blobs) {
    if (blob.file !== storageIndex || blob.share === null) continue;
    const known = newest.get(blob.share);
    if (known === undefined || (blob.generation ?? 0) > (known.generation ?? 0)) newest.set(blob.share, blob);
  }
  return [...newest.values()].sort((a, b) => a.share! - b.share!);
}

/**
 * Shares to rebuild. An owner may be lazy: nothing is done until fewer than `repairBelow` are live, then
 * all that are missing are rebuilt at once, as Tahoe's repairer does. What was given up stays so.
 */
export function repair(file: OwnerFile, blobs: readonly OwnerBlob[]): OwnerAction[] {
  const shares = newestShares(file.storageIndex, blobs);
  const live = new Set(
    blobs.filter((blob) => blob.file === file.storageIndex && blob.state === 'live').map((blob) => blob.share),
  );
  if (live.size >= file.repairBelow) return [];
  return shares
    .filter((blob) => blob.state === 'mia' && !live.has(blob.share))
    .map(({ uuid, share }) => ({
      kind: 'repair',
      file: file.storageIndex,
      share: share!,
      uuid,
      requestId: `repair/${uuid}`,
    }));
}
