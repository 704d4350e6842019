-- Months whose figures were reported (封账): what was reported stays, whatever later
-- imports, refunds and definitions make of the month. figures is metric.Month as JSON.
create table closed_months (
    workspace_id bigint not null,
    month        bigint not null, -- year * 12 + month - 1
    closed_at    bigint not null,
    closed_by    text   not null,
    definitions  bigint not null,
    money        text   not null, -- net, gross, margin
    currency     text   not null,
    as_of        bigint not null,
    figures      text   not null,
    primary key (workspace_id, month)
);
