/** The right to write a checkpoint, given back at the end of the block (`await using`). */
import type { CheckpointRight, OwnedCheckpointStore } from '@freshet/shared/ports/checkpoint';

export async function ownCheckpoint(checkpoint: Pick<OwnedCheckpointStore, 'tryOwn'>): Promise<CheckpointRight & AsyncDisposable> {
  const right = await checkpoint.tryOwn();
  if (right === undefined) throw new Error('somebody else has the right to write the checkpoint');
  return { ...right, [Symbol.asyncDispose]: () => right.release() };
}
