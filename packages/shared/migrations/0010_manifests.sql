-- Whole models say what they consist of, and labels of a further model whom it is shown to.
alter table freshet.snapshot add column manifest jsonb;                    -- see codec/manifest; null: cut by a release before 0010
alter table freshet.model_label
  add column share double precision,                                       -- of shoppers (canary) or of answers (shadow); null: has none
  add column forced boolean not null default false;                        -- set although checks spoke against it
