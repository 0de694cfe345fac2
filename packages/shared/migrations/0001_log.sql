-- The log: one total order for everything that happens, and what ingest needs to write each thing into it once.
--
-- 1. `seq` has no gaps: it is taken from the one row of log_counter, last in the writing transaction.
-- 2. An event id that stands in event_id_current or event_id_previous is never written again.
-- 3. Only user_ref_map links a reference in the log to a person.

create schema if not exists freshet;

-- One row, locked by every commit. `total` counts all items up to `last`, so a backlog is one subtraction.
-- The low fill factor keeps its updates on one page (HOT).
create table freshet.log_counter (
  only_row boolean primary key default true check (only_row),
  last bigint not null default 0,
  total bigint not null default 0
) with (fillfactor = 10);
insert into freshet.log_counter default values;

create table freshet.log_entry (
  seq bigint primary key,
  kind text not null,
  source text not null,
  received_at bigint not null,                             -- milliseconds since 1970, clock of the ingest process
  written_at timestamptz not null default now(),           -- clock of the database; retention goes by it
  historical boolean not null default false,
  count integer not null,                                  -- items that readers see (without the skipped ones)
  total bigint not null,                                   -- items up to and including this entry
  skip smallint[],                                         -- indexes of items in the payload that were duplicates
  batch bigint not null,                                   -- as in event_id_*.batch
  payload bytea not null                                   -- see codec/payload
) partition by range (seq);
-- Already small and read as a whole: compressing costs more than it saves.
alter table freshet.log_entry alter column payload set storage external;
-- From an event id to its entry (event trace).
create index log_entry_batch on freshet.log_entry (batch);
-- The catalogue alone, without reading the events between.
create index log_entry_catalogue on freshet.log_entry (seq) where kind = 'catalogue';

-- The first two; ingest keeps two ahead from then on (a new one is attached, which doesn't block writers).
create table freshet.log_entry_1 partition of freshet.log_entry for values from (1) to (1000001);
create table freshet.log_entry_1000001 partition of freshet.log_entry for values from (1000001) to (2000001);

-- The two rotating tables of ids seen. `id`: 128-bit hash of (producer, event id). `body`: 64-bit hash of the event
-- as sent. They are emptied by truncation, so vacuuming after inserts would be wasted work.
create table freshet.event_id_current (
  id uuid primary key,
  body bigint not null,
  batch bigint not null
) with (autovacuum_vacuum_insert_threshold = -1);
create table freshet.event_id_previous (
  id uuid primary key,
  body bigint not null,
  batch bigint not null
) with (autovacuum_vacuum_insert_threshold = -1);
create table freshet.id_rotation (
  only_row boolean primary key default true check (only_row),
  rotated_at timestamptz not null default now()
);
insert into freshet.id_rotation default values;

-- Pseudonym (128-bit hash of `u:` + user_id or `s:` + session_id) → random reference used everywhere else.
-- `joined`: the session's reference is a shopper's, no longer its own.
create table freshet.user_ref_map (
  pseudonym uuid primary key,
  kind text not null check (kind in ('user', 'session')),
  ref bigint not null,
  joined boolean not null default false
);
-- Erasure deletes every pseudonym of a reference.
create index user_ref_map_ref on freshet.user_ref_map (ref);

-- What was refused, with its reason. Capped in number, size and age by ingest maintenance.
create table freshet.dead_letter (
  id bigint generated always as identity primary key,
  queue text not null,                                     -- who refused it: `ingest`, `trainer`, …
  refused_at timestamptz not null default now(),
  source text not null,
  code text not null,
  pointer text not null default '',
  detail text not null,
  payload text not null                                    -- JSON as sent, cut at 4,096 characters
);
create index dead_letter_refused_at on freshet.dead_letter (refused_at);
