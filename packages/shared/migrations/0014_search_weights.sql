-- Search's weights, learned from what was taken of searches (docs/decisions/039).

-- Of what a search has answered: five numbers for each item shown, one item after the other, in ten-thousandths: text, words, shopper, popularity,
-- unavailable (domain/search-weights/weights). Null for other lists, and for those kept before.
alter table freshet.recommendation_list add column features smallint[];

-- Each set of weights that was learned, whether or not it went into force; in force is the newest without a refusal, else the defaults (version 0).
create table freshet.search_weights (
  version integer primary key check (version > 0),
  learned_at timestamptz not null default now(),
  based_on integer not null,                               -- the version in force when it was judged
  words double precision not null,                         -- the text's weight is 1
  shopper double precision not null,
  popularity double precision not null,
  unavailable double precision not null,
  figures jsonb not null,                                  -- how it was judged (ports/search-weights)
  refusal_code text,                                       -- worse, uncertain; null: in force from learned_at on
  refusal text
);
