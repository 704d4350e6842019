-- Purchase days of an analysis while it is made, one row a customer and day; run
-- tells analyses apart.
create table if not exists customer_days (
    run Int64, customer_key Int64, day Date32, orders Int64, gross Int64, amount Int64,
    discount Int64, discounted Int64, refunded Int64, evening Int64, night Int64, timed Int64,
    quantity Float64, category Int64, channel Int64, categories String, channels String
) engine = ${engine} partition by run order by (customer_key, day) settings ${settings};

-- Those that cannot be made by a scan alone on the way there: of orders that a
-- refund touches, and of other currencies.
create table if not exists touched_days (
    run Int64, customer_key Int64, day Date32, orders Int64, gross Int64, amount Int64,
    discount Int64, discounted Int64, refunded Int64, evening Int64, night Int64, timed Int64,
    quantity Float64, category Int64, channel Int64, categories String, channels String
) engine = ${engine} order by (run, customer_key, day) settings ${settings};
