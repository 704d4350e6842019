-- What a workspace's analysis said last, with the scores of every customer in the
-- warehouse under the snapshot's id. picture is the analysis as JSON; basis tells
-- whether anything that it stands on has changed since.
create table snapshots (
    workspace_id bigint not null,
    id           bigint not null,
    status       text    not null,
    as_of        bigint not null,
    made_at      bigint not null,
    currency     text    not null,
    customers    bigint not null,
    basis        text    not null,
    picture      text    not null,
    primary key (workspace_id, id)
);
