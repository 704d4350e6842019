create table workspaces (
    id            bigint primary key,
    name          text    not null unique,
    time_zone     text    not null,
    currency      text    not null,
    week_start    bigint not null,
    next_customer bigint not null default 1,
    next_batch    bigint not null default 1,
    created_at    bigint not null
);

-- One row an identifier. The identifier itself is in the vault: hash is its
-- keyed hash, for look-up.
create table identifiers (
    workspace_id bigint not null,
    kind         text    not null,
    hash         bytea    not null,
    customer_key bigint not null,
    primary key (workspace_id, kind, hash)
);
create index identifiers_customer on identifiers (workspace_id, customer_key);

-- The key of one customer's values, wrapped by the master key. Destroying the
-- row erases the person: nothing sealed under it can be read again.
create table vault_keys (
    workspace_id bigint not null,
    customer_key bigint not null,
    wrapped      bytea    not null,
    primary key (workspace_id, customer_key)
);

create table vault_values (
    workspace_id bigint not null,
    customer_key bigint not null,
    field        text    not null,
    sealed       bytea    not null,
    primary key (workspace_id, customer_key, field)
);

create table imports (
    id            bigint primary key,
    workspace_id  bigint not null,
    kind          text    not null,
    file_name     text    not null,
    file_hash     text    not null,
    status        text    not null,
    created_at    bigint not null,
    finished_at   bigint ,
    undone_at     bigint ,
    rows_read     bigint not null default 0,
    rows_accepted bigint not null default 0,
    rows_refused  bigint not null default 0,
    rows_duplicate bigint not null default 0,
    report        text    not null default '{}'
);
create index imports_workspace on imports (workspace_id, id);

-- Warehouse rows carry a batch; a batch is visible when it is live here. So an
-- import appears, and disappears, in one state transaction.
create table batches (
    workspace_id bigint not null,
    id           bigint not null,
    import_id    bigint not null,
    status       text    not null,
    primary key (workspace_id, id)
);

create table quarantine (
    import_id bigint not null,
    line      bigint not null,
    seq       bigint not null,
    column_name text  not null,
    value     text    not null,
    code      text    not null,
    reason_zh text    not null,
    reason_en text    not null,
    hint_zh   text    not null,
    hint_en   text    not null,
    primary key (import_id, line, seq)
);

create table settings (
    workspace_id bigint not null,
    name         text    not null,
    value        text    not null,
    version      bigint not null,
    primary key (workspace_id, name, version)
);
