-- The releases that have migrated this database, so that an older one can name the version to start.
create table freshet.release (
  name text primary key,
  migrated_at timestamptz not null default now()
);
