-- Every stage that a customer has been in: the stage and the day on which it began,
-- counted from 1970, the oldest first.
alter table scores add column stage_history varchar default '';
