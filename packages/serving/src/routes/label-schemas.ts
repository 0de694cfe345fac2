/** Schemas of labels and of the model's events. */
import { MODEL_EVENT_KINDS, REASON_CHARS } from '@freshet/shared/ports/model-events';
import { LABELS } from '@freshet/shared/ports/model-labels';
import { Type } from 'typebox';
import { Limit, Time } from './schemas.js';

const Reason = Type.String({ maxLength: REASON_CHARS, description: 'Kept with the change and shown in /v1/models/events.' });

/** `previous` is a promotion's to set. */
export const PinParams = Type.Object({ label: Type.Literal('stable') });
export const LabelParams = Type.Object({ label: Type.Union(LABELS.map((name) => Type.Literal(name))) });
export const PinBody = Type.Object({ version: Type.Integer({ minimum: 1 }), reason: Type.Optional(Reason) }, { additionalProperties: false });
export const UnpinQuery = Type.Object({ reason: Type.Optional(Reason) });

export const LabelAnswer = Type.Object({
  label: Type.String(),
  version: Type.Integer(),
  reason: Type.String(),
  set_at: Time,
});
export const LabelsAnswer = Type.Object({
  labels: Type.Array(Type.Interface([LabelAnswer], { serving: Type.Boolean({ description: 'Whether this process answers from it already.' }) })),
});

export const EventsQuery = Type.Object({ before: Type.Optional(Type.Integer({ minimum: 1, description: 'Only events older than the one with this id.' })), limit: Type.Optional(Limit) });
const Event = Type.Object({
  id: Type.Integer(),
  at: Time,
  kind: Type.Union(MODEL_EVENT_KINDS.map((kind) => Type.Literal(kind)), { description: 'pinned, unpinned: somebody’s decision; loaded, refused: what a process did with a version; promoted: a model that was learned beside the live one, or imported, has taken its place; evaluated: how well the newest version has predicted the last day, beside the floors.' }),
  version: Type.Integer(),
  previous: Type.Optional(Type.Integer({ description: 'The version before it.' })),
  replica: Type.Optional(Type.String({ description: 'The process it happened in.' })),
  reason: Type.String(),
});
export const EventsAnswer = Type.Object({ events: Type.Array(Event) });
