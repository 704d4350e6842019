-- How many rows of a batch each table of facts held when the batch became live.
-- Batches that are older than this table are counted when their workspace is next
-- opened.
create table batch_rows (
    workspace_id bigint not null,
    batch_id     bigint not null,
    table_name   text   not null,
    row_count    bigint not null,
    primary key (workspace_id, batch_id, table_name)
);
