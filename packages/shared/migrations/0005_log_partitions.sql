-- Retention drops whole partitions, so the first ones of a new log are small; ingest sizes the later ones by what an
-- entry takes and what the log may take. A log that has entries keeps its partitions.
do $$
begin
  if (select last from freshet.log_counter) > 0 then
    return;
  end if;
  drop table freshet.log_entry_1, freshet.log_entry_1000001;
  create table freshet.log_entry_1 partition of freshet.log_entry for values from (1) to (20001);
  create table freshet.log_entry_20001 partition of freshet.log_entry for values from (20001) to (40001);
end
$$;
