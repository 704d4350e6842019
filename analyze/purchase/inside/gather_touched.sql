-- Adds the touched purchases of a run to the others.
insert into purchases select * from touched where run = :run
