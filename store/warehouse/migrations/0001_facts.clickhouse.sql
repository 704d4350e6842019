-- Facts of one shard. Rows of a customer lie together and in the order of time.
-- Sparse columns are off: the native protocol's client does not read them.
create table if not exists orders (
    batch_id Int64, order_key Int64, order_id String, customer_key Int64,
    ordered_at DateTime64(6, 'UTC'), day Date32, hour Int64, status Int64, kind Int64, currency String,
    gross Int64, excluded Int64, discount Int64, cost Int64,
    quantity Float64, lines Int64, category String, channel String,
    store String, promoted Int64, content_hash Int64, unpaid Int64
) engine = ${engine} order by (customer_key, ordered_at, order_key) settings ${settings};

create table if not exists order_items (
    batch_id Int64, order_key Int64, customer_key Int64,
    ordered_at DateTime64(6, 'UTC'), line Int64, product_id String, category String,
    quantity Float64, amount Int64, excluded Int64
) engine = ${engine} order by (customer_key, ordered_at, order_key, line) settings ${settings};

create table if not exists refunds (
    batch_id Int64, doc_key Int64, order_key Int64, customer_key Int64,
    refunded_at DateTime64(6, 'UTC'), day Date32, product_id String, quantity Float64, amount Int64,
    excluded Int64, currency String
) engine = ${engine} order by (customer_key, refunded_at, doc_key) settings ${settings};

create table if not exists hidden (
    doc_key Int64, batch_id Int64, by_batch Int64
) engine = ${engine} order by (by_batch, batch_id, doc_key) settings ${settings};

create table if not exists claims (
    doc_key Int64, batch_id Int64, by_batch Int64
) engine = ${engine} order by (batch_id, by_batch, doc_key) settings ${settings};

create table if not exists products (
    batch_id Int64, product_id String, name String, category String, subcategory String,
    cost Int64, launched Date32
) engine = ${engine} order by (batch_id, product_id) settings ${settings};

create table if not exists customers (
    batch_id Int64, customer_key Int64, joined Date32, tier String,
    store String, city String, gender String, birth_year Int64, excluded Int64
) engine = ${engine} order by (customer_key, batch_id) settings ${settings};
