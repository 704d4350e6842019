-- Saved views: what an operator wants to see on a page again. query is the page's part
-- of the address after the question mark.
create table views (
    id           bigint not null primary key,
    workspace_id bigint not null,
    operator_id  bigint not null,
    page         text   not null,
    name         text   not null,
    query        text   not null,
    shared       bigint not null, -- 1: everybody in the workspace sees it
    saved_at     bigint not null,
    unique (workspace_id, operator_id, page, name)
);
