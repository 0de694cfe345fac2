-- An erased shopper's row stays for a while without its state, a tombstone, so that the checkpoint's owner can't bring back an
-- older profile that it holds (docs/decisions/041). `seq`: the entry that the profile, or the erasure, is from.
alter table freshet.checkpoint_profile alter column state drop not null;
alter table freshet.checkpoint_profile add column seq bigint not null default 0;
update freshet.checkpoint_profile set seq = (convert_from(state, 'UTF8')::jsonb -> 1 ->> 'seq')::bigint;
create index checkpoint_profile_tombstone on freshet.checkpoint_profile (seq) where state is null;
