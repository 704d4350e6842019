-- Forgets the touched purchases of a run.
delete from touched where run = :run
