-- What an analysis takes for purchases while it is made; run tells analyses apart.
create table if not exists purchases (
    run Int64, customer_key Int64, day Date32, gross Int64, amount Int64,
    discount Int64, quantity Float64, traits Int64
) engine = ${engine} partition by run order by (customer_key, day) settings ${settings};

-- Those of orders that a refund touches, and of other currencies, on the way there.
create table if not exists touched (
    run Int64, customer_key Int64, day Date32, gross Int64, amount Int64,
    discount Int64, quantity Float64, traits Int64
) engine = ${engine} order by (run, customer_key, day) settings ${settings};
