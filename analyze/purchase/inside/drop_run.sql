-- Forgets the purchase days of a run.
alter table customer_days drop partition :run
