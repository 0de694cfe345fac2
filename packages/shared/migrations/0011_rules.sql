-- A shop's rules as of the checkpoint's place in the log (entries of kind `rule`), one row a context.
create table freshet.checkpoint_rule (
  context text primary key,
  state bytea not null                                     -- see codec/state
);
