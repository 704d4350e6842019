-- Forgets the touched days of a run.
delete from touched_days where run = :run
