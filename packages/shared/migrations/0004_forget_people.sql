-- People who don't come back are forgotten: their reference and with it their history. An anonymous session soon, a
-- shopper late. Whoever comes back after that is somebody new, everywhere at once.

-- The last day on which ingest has asked for the reference; it asks at least once a day for whoever is active.
alter table freshet.user_ref_map add column seen_on date not null default current_date;
-- Of a session that has joined a shopper an alias is left, which no pseudonym names any more.
alter table freshet.checkpoint_user add column saved_on date not null default current_date;
