-- Sequences are streamed here: no table is needed.
select 1;
