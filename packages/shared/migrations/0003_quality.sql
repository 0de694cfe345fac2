-- How well the model predicts, and which version answers.
--
-- 1. A prequential window is written once: by the leader, after the delta that learned its last entry.
-- 2. A version that a label names keeps what it is rebuilt from: snapshot and deltas (see snapshot-store).

-- Predict, then learn: the sampled events of the entries from_seq … to_seq, ranked before they were learned.
create table freshet.prequential_window (
  lineage integer not null,
  from_seq bigint not null,
  to_seq bigint not null,
  version bigint not null,                                 -- the one that learned to_seq
  began_at bigint not null,                                -- milliseconds since 1970, clock of the trainer, as is the next
  ended_at bigint not null,
  written_at timestamptz not null default now(),           -- clock of the database; retention goes by it
  tested integer not null,
  hits_10 integer not null,
  ndcg_10 double precision not null,                       -- a sum over the tested events
  examples integer not null,
  loss double precision not null,                          -- the mean of the examples
  popularity_hits_10 integer not null,                     -- what the floors would have hit
  follow_hits_10 integer not null,
  primary key (lineage, from_seq)
);

-- `stable` pins every answer to one version (rollback); no row: the newest version answers.
create table freshet.model_label (
  lineage integer not null,
  label text not null,
  version bigint not null,
  reason text not null,
  set_at timestamptz not null default now(),
  primary key (lineage, label)
);

-- What happened to the versions that answer: pinned, unpinned, loaded, refused. Capped in number and age.
create table freshet.model_event (
  id bigint generated always as identity primary key,
  lineage integer not null,
  at timestamptz not null default now(),
  kind text not null,
  version bigint not null,
  previous bigint,                                         -- the version before it, where there is one
  replica text not null default '',                        -- the process it happened in; empty for a decision that holds for all
  reason text not null
);
