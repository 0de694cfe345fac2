-- Ratings: how well they were predicted before they were learned. Models have the tables `user` and `rating` from here on (delta format 2).
alter table freshet.prequential_window
  add column rated integer not null default 0,
  add column rating_squares double precision not null default 0,    -- Σ (r − r̂)²
  add column rating_absolutes double precision not null default 0;  -- Σ |r − r̂|
