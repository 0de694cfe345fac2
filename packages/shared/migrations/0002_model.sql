-- The model: a chain of deltas, snapshots of it, and the checkpoint of histories and catalogue.
--
-- 1. `version` has no gaps per lineage, and moves together with `applied` in the transaction that writes the delta.
-- 2. Only the holder of the newest `epoch` can move them (fencing).

-- One row per lineage (a refit or a restored version starts another one).
create table freshet.trainer_state (
  lineage integer primary key,
  epoch integer not null default 0,
  version bigint not null default 0,
  applied bigint not null default 0,                       -- the newest log entry that the model has learned
  checksum bytea not null default '\x0000000000000000000000000000000000000000000000000000000000000000',
  config jsonb,                                            -- the hyperparameters of this lineage
  heartbeat_at timestamptz not null default now()          -- of the leader; a stand-by takes over when it is stale
) with (fillfactor = 10);
insert into freshet.trainer_state (lineage) values (1);

create table freshet.delta (
  lineage integer not null,
  version bigint not null,
  epoch integer not null,
  from_seq bigint not null,
  to_seq bigint not null,
  bytes bytea not null,                                    -- see codec/delta
  checksum bytea not null,                                 -- SHA-256(checksum of version - 1 || bytes)
  received_at double precision not null,                   -- milliseconds since 1970, as are the next three
  taken_at double precision not null,
  trained_at double precision not null,
  committed_at double precision not null,
  primary key (lineage, version)
);
-- Floats don't compress; trying costs time in every commit.
alter table freshet.delta alter column bytes set storage external;
-- From a log entry to the version that learned it (event trace).
create index delta_to_seq on freshet.delta (lineage, to_seq);

create table freshet.snapshot (
  lineage integer not null,
  version_end bigint not null,
  version_start bigint not null,
  applied bigint not null,
  checksum bytea not null,
  chunks integer not null,
  bytes bigint not null,
  finished_at timestamptz not null default now(),
  primary key (lineage, version_end)
);

-- Chunks are written before their snapshot row exists; `cut` ties them together.
create table freshet.snapshot_chunk (
  lineage integer not null,
  cut uuid not null,
  version_end bigint,                                      -- null until the snapshot is finished
  chunk integer not null,
  version bigint not null,
  bytes bytea not null,
  checksum bytea not null,                                 -- SHA-256(bytes)
  primary key (lineage, cut, chunk)
);
alter table freshet.snapshot_chunk alter column bytes set storage external;
create index snapshot_chunk_end on freshet.snapshot_chunk (lineage, version_end, chunk);

create table freshet.checkpoint (
  only_row boolean primary key default true check (only_row),
  seq bigint not null default 0
);
insert into freshet.checkpoint default values;
create table freshet.checkpoint_user (
  ref bigint primary key,
  state bytea not null                                     -- see codec/state
);
create table freshet.checkpoint_item (
  id text primary key,
  state bytea not null
);
