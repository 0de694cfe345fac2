/** Schemas of labels and of the model's events. */
import { MODEL_EVENT_KINDS, REASON_CHARS } from '@freshet/shared/ports/model-events';
import { LABELS } from '@freshet/shared/ports/model-labels';
import { Type } from 'typebox';
import { Limit, Time } from './schemas.js';

export const DEFAULT_SHADOW_SHARE = 0.1;

const Reason = Type.String({ maxLength: REASON_CHARS, description: 'Kept with the change and shown in /v1/models/events.' });

/** `previous` is a promotion's to set. */
export const PinParams = Type.Object({ label: Type.Union((['stable', 'canary', 'shadow'] as const).map((name) => Type.Literal(name))) });
export const LabelParams = Type.Object({ label: Type.Union(LABELS.map((name) => Type.Literal(name))) });
const Share = Type.Number({ exclusiveMinimum: 0, maximum: 1, description: `\`canary\` (needed): of the shoppers who are answered from this version; \`shadow\` (without: ${DEFAULT_SHADOW_SHARE}): of the answers it is asked beside; \`stable\` has none.` });
const Force = Type.Boolean({ default: false, description: 'Pass over what checks say against the version. One that can’t be rebuilt is refused all the same.' });
export const PinBody = Type.Object({ version: Type.Integer({ minimum: 1 }), share: Type.Optional(Share), force: Type.Optional(Force), reason: Type.Optional(Reason) }, { additionalProperties: false });
const LetGo = Type.Boolean({ default: false, description: '`stable`: let go of it although the newest version, which answers then, predicts worse than the pinned one. The others are let go at once.' });
export const UnpinQuery = Type.Object({ reason: Type.Optional(Reason), force: Type.Optional(LetGo) });

export const LabelAnswer = Type.Object({
  label: Type.String(),
  version: Type.Integer(),
  share: Type.Optional(Type.Number({ description: 'Of the shoppers (`canary`) or of the answers (`shadow`).' })),
  forced: Type.Optional(Type.Boolean({ description: 'True when it was set with `force`.' })),
  reason: Type.String(),
  set_at: Time,
});
const Compared = Type.Object(
  {
    lists: Type.Integer({ description: 'The last ones this process has compared, at most 200.' }),
    overlap: Type.Number({ description: 'Mean share of an answered list that the shadow’s list has too.' }),
    score_drift: Type.Optional(Type.Number({ description: 'Kolmogorov–Smirnov distance of their scores, 0 to 1.' })),
  },
  { description: 'Of `shadow`, once this process has compared a list.' },
);
export const LabelsAnswer = Type.Object({
  labels: Type.Array(Type.Interface([LabelAnswer], {
    serving: Type.Boolean({ description: 'Whether this process answers from it already; of `canary` and `shadow`: holds it already.' }),
    compared: Type.Optional(Compared),
  })),
});

export const EventsQuery = Type.Object({ before: Type.Optional(Type.Integer({ minimum: 1, description: 'Only events older than the one with this id.' })), limit: Type.Optional(Limit) });
const Event = Type.Object({
  id: Type.Integer(),
  at: Time,
  kind: Type.Union(MODEL_EVENT_KINDS.map((kind) => Type.Literal(kind)), { description: 'pinned, unpinned, and of canary and shadow labelled, unlabelled: somebody’s decision; probed, loaded, released, refused: what a process did with a version (`probed`: how its lists compared with the answers before it answered); promoted: a model that was learned beside the live one, or imported, has taken its place; evaluated: how well the newest version has predicted the last day, beside the floors.' }),
  version: Type.Integer(),
  previous: Type.Optional(Type.Integer({ description: 'The version before it.' })),
  replica: Type.Optional(Type.String({ description: 'The process it happened in.' })),
  reason: Type.String(),
});
export const EventsAnswer = Type.Object({ events: Type.Array(Event) });
