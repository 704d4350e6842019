-- Who may come in. Every secret stands here as its hash only.
create table operators (
    id          bigint primary key,
    login       text   not null unique,
    name        text   not null,
    language    text   not null,
    password    text   not null,
    disabled_at bigint ,
    created_at  bigint not null
);

-- Workspace 0 stands for every workspace in which the operator has no row of
-- their own.
create table memberships (
    operator_id  bigint not null,
    workspace_id bigint not null,
    role         text   not null,
    row_rule     text   not null,
    primary key (operator_id, workspace_id)
);
create index memberships_workspace on memberships (workspace_id);

create table sessions (
    hash        bytea  primary key,
    operator_id bigint not null,
    created_at  bigint not null,
    last_seen   bigint not null,
    expires_at  bigint not null,
    user_agent  text   not null
);
create index sessions_operator on sessions (operator_id);

create table api_keys (
    id             bigint primary key,
    workspace_id   bigint not null,
    name           text   not null,
    prefix         text   not null,
    hash           bytea  not null unique,
    previous_hash  bytea  unique,
    previous_until bigint ,
    scopes         text   not null,
    created_by     text   not null,
    created_at     bigint not null,
    last_used      bigint not null,
    expires_at     bigint ,
    revoked_at     bigint
);
create index api_keys_workspace on api_keys (workspace_id, id);

create table links (
    hash        bytea  primary key,
    purpose     text   not null,
    operator_id bigint not null,
    created_at  bigint not null,
    expires_at  bigint not null,
    used_at     bigint
);
create index links_operator on links (operator_id);

create table login_attempts (
    subject       bytea  primary key,
    failures      bigint not null,
    last_at       bigint not null,
    blocked_until bigint not null
);

-- Rows are added, never changed, never removed.
create table audit (
    id           bigint primary key,
    at           bigint not null,
    operator_id  bigint not null,
    key_id       bigint not null,
    who          text   not null,
    workspace_id bigint not null,
    action       text   not null,
    target       text   not null,
    detail       text   not null
);
create index audit_workspace on audit (workspace_id, id);
