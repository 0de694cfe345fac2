-- Which label had given a list to its version: `newest` (none had: the newest version answered), `stable`, `canary`. It takes the place of `pinned`,
-- which didn't tell a canary's lists from a rolled-back shop's (docs/decisions/042). What was kept of a canary before now counts as of `stable`:
-- no release has had a canary.
alter table freshet.recommendation_list add column label text not null default 'newest';
update freshet.recommendation_list set label = 'stable' where pinned;
alter table freshet.recommendation_list drop column pinned;

alter table freshet.recommendation_outcome add column label text not null default 'newest';
update freshet.recommendation_outcome set label = 'stable' where pinned;
-- The key goes with its column.
alter table freshet.recommendation_outcome drop column pinned;
alter table freshet.recommendation_outcome add primary key (hour, context, method, rung, source, versions, label);
