/** Follows one event from the 202 to the served model that has learned it, with the time each stage took. */
import { call, fresh, show } from './freshet.js';

interface Trace {
  readonly status: string;
  readonly [field: string]: unknown;
}

const id = fresh('event');
const { sequence } = await call<{ sequence: number }>('POST', '/v1/events', [{ id, type: 'view', user_id: 'dee', item_id: 'mugs-001' }]);
// Answers as soon as the served model has learned this entry of the log; 409 after a second.
const model = await call<{ version: number; learned_until: number }>('GET', `/v1/models/latest?after_sequence=${sequence}`);
show('learned by version', String(model.version));
show('its way', await call<Trace>('GET', `/v1/events/${id}`));

const version = await call<Record<string, string>>('GET', `/v1/models/${model.version}`);
const ms = (from: string, to: string): string => `${Date.parse(version[to] ?? '') - Date.parse(version[from] ?? '')} ms`;
show('waited for the trainer', ms('received_at', 'taken_at'));
show('trained in', ms('taken_at', 'trained_at'));
show('committed in', ms('trained_at', 'committed_at'));
show('served after', ms('committed_at', 'applied_at'));
