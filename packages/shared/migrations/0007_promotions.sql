-- Promotions: a model that was learned beside the live one, or imported, takes its place (docs/decisions/013).
--
-- 1. A promotion is one transaction: the delta of its version, the snapshot that the delta's rows belong on, the event.
-- 2. Versions are numbered through: a lineage is the run of versions from one promotion to the next.

-- Chunks of a candidate stay until it is promoted or dropped; those of a snapshot that was never finished go with the next cut.
alter table freshet.snapshot_chunk add column kept boolean not null default false;
alter table freshet.snapshot_chunk add column written_at timestamptz not null default now();

-- The first version of each lineage but the first one.
create table freshet.promotion (
  lineage integer not null,                                -- the chain, as in freshet.delta
  version bigint not null,
  kind text not null,                                      -- import, refit
  reason text not null,
  at timestamptz not null default now(),
  primary key (lineage, version)
);

-- Refits that were asked for, and what became of them. At most one is under way.
create table freshet.refit (
  id bigint generated always as identity primary key,
  lineage integer not null default 1,                      -- the chain
  state text not null check (state in ('asked', 'running', 'ready', 'promoted', 'refused', 'failed')),
  reason text not null,                                    -- who or what asked for it
  options jsonb not null,
  asked_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  epoch integer,                                           -- of the leader that runs it
  candidate uuid,                                          -- freshet.snapshot_chunk.cut
  report jsonb,                                            -- what was learned, and what the gate has measured
  outcome text not null default '',
  version bigint                                           -- the one it was promoted as
);
create unique index refit_under_way on freshet.refit (lineage) where state in ('asked', 'running', 'ready');
