-- Text sorts by its bytes on every engine, whatever the database was created
-- with; and an index then does not depend on the operating system's collations,
-- which change under it. Columns that are so already stay untouched.
do $$
declare
    c record;
begin
    for c in
        select a.attrelid::regclass as tab, a.attname as col
        from pg_attribute a
        join pg_class r on r.oid = a.attrelid
        join pg_type t on t.oid = a.atttypid
        where r.relkind = 'r' and r.relnamespace = current_schema()::regnamespace
          and a.attnum > 0 and not a.attisdropped
          and t.typname = 'text' and a.attcollation <> 'pg_catalog."C"'::regcollation
    loop
        execute format('alter table %s alter column %I type text collate "C"', c.tab, c.col);
    end loop;
end
$$;
