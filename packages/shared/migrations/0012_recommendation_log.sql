-- The recommendation log: which lists were shown, what came of them, and both summed up by the hour (docs/decisions/036).
--
-- 1. A list and what it adds to the sums are one commit; so are an entry's feedback, what that adds, and the place reached in the log.
-- 2. Rows name a shopper only by reference, and lists by the names that events carry.

-- Lists in the order they came to the database, in partitions of which the oldest is dropped (adapters/postgres/recommendation-log-trim).
create sequence freshet.recommendation_list_id;
create table freshet.recommendation_list (
  id bigint primary key default nextval('freshet.recommendation_list_id'),
  name text not null,                                      -- the first 20 characters of its recommendation_id
  made_at bigint not null,                                 -- milliseconds since 1970, clock of the serving process
  user_ref bigint,                                         -- null for a stranger
  context text not null,                                   -- home, product, cart, search, email; unspecified
  method text not null,                                    -- rank, similar, trending, together, search
  rung text not null,
  version bigint not null,                                 -- the model's
  pinned boolean not null,                                 -- whether a label had pinned answers to it
  skipped integer not null,                                -- items on the pages before: the first one here has rank skipped + 1
  items text[] not null,                                   -- in the order shown
  scores real[] not null,
  propensities real[],                                     -- null: 1 for each; a null in it: not known
  sources text[]                                           -- where each item was found; null: by the rung
) partition by range (id);
create index recommendation_list_name on freshet.recommendation_list (name);
create table freshet.recommendation_list_1 partition of freshet.recommendation_list for values from (1) to (20001);
create table freshet.recommendation_list_20001 partition of freshet.recommendation_list for values from (20001) to (40001);

-- What came of lists: events that named one which held their item.
create table freshet.recommendation_feedback (
  list bigint not null,                                    -- recommendation_list.id
  place integer not null,                                  -- of the item among the list's, from 1
  kind text not null check (kind in ('click', 'cart', 'purchase')),
  seq bigint not null,                                     -- the event's: entry and index in it
  index integer not null,
  at bigint not null,                                      -- milliseconds since 1970, as the event has it
  revenue double precision not null,
  primary key (list, place, kind, seq, index)
);
-- An item of a list is clicked once and put into the cart once, however often the events say so.
create unique index recommendation_feedback_once on freshet.recommendation_feedback (list, place, kind) where kind <> 'purchase';

-- The same by the hour in which the list was made, for each thing it is asked by. Rows are updated in place (HOT), many times an hour.
create table freshet.recommendation_outcome (
  hour integer not null,                                   -- since 1970
  context text not null,
  method text not null,
  rung text not null,
  source text not null,
  versions integer not null,                               -- version / 1,000
  pinned boolean not null,
  version_from bigint not null,
  version_to bigint not null,
  lists bigint not null default 0,                         -- counted with the source of their first item
  items bigint not null default 0,
  clicks bigint not null default 0,
  carts bigint not null default 0,
  purchases bigint not null default 0,
  revenue double precision not null default 0,
  primary key (hour, context, method, rung, source, versions, pinned)
) with (fillfactor = 50);

-- How far the log's events are joined. What came before there were lists needn't be looked at.
create table freshet.recommendation_join (
  only_row boolean primary key default true check (only_row),
  seq bigint not null
) with (fillfactor = 10);
insert into freshet.recommendation_join (seq) select last from freshet.log_counter;
