-- Keys that all processes of a site share and nobody outside knows, each made by whoever needs it first. A backup carries
-- them, so that what they have signed is still good after a restore.
create table freshet.secret (
  name text primary key,
  bytes bytea not null,
  made_at timestamptz not null default now()
);
