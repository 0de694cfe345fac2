-- What the shop says of its shoppers (entries of kind `user`), as of the checkpoint's place in the log.
create table freshet.checkpoint_profile (
  ref bigint primary key,
  state bytea not null                                     -- see codec/state
);
-- From a shopper's reference to the entries that say something of her, for its erasure. Her reference stands at the same
-- place in each of these payloads (codec/payload); the other kinds of entries aren't in this index.
create index log_entry_user on freshet.log_entry (substring(payload from 28 for 16)) where kind = 'user';
