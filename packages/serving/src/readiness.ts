/** Whether this process can take traffic, for `/readyz`: once it is loaded, whatever becomes of later versions. */
import type { HttpServer } from '@freshet/shared/http/server';
import type { Engine } from './engine.js';

export function addReadiness(http: Pick<HttpServer, 'health'>, engine: () => Engine | undefined): () => void {
  return http.health.addReadiness('serving', () => {
    const ready = engine();
    if (ready === undefined) return { ok: false, detail: 'loading the model' };
    const refused = ready.quarantined();
    const pinned = ready.pinned() === undefined ? '' : ` (pinned; the newest is ${ready.newest().position.version})`;
    const detail = `version ${ready.view().position.version}${pinned}${refused === undefined ? '' : `; version ${refused.version} was refused: ${refused.reason}`}`;
    return { ok: true, detail };
  });
}
