-- Forgets the purchases of a run.
alter table purchases drop partition :run
