-- The workspace that a browser looks at; 0 where nobody has chosen one.
alter table sessions add column workspace_id bigint not null default 0;

-- What was answered to a request that carried an Idempotency-Key, for a day.
-- status 0 while it is being answered. purpose is SHA-256 of route and body.
create table answers (
    caller       text   not null,
    token        text   not null,
    purpose      bytea  not null,
    status       bigint not null,
    content_type text   not null,
    body         bytea  not null,
    created_at   bigint not null,
    primary key (caller, token)
);
create index answers_created on answers (created_at);
