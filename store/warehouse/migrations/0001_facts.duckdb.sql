create table orders (
    batch_id bigint not null, order_key bigint not null, order_id varchar not null,
    customer_key bigint not null, ordered_at timestamp not null, day date not null, hour bigint not null,
    status bigint not null, kind bigint not null, currency varchar not null,
    gross bigint not null, excluded bigint not null, discount bigint not null, cost bigint not null,
    quantity double not null, lines bigint not null, category varchar not null, channel varchar not null,
    store varchar not null, promoted bigint not null, content_hash bigint not null, unpaid bigint not null
);
create table order_items (
    batch_id bigint not null, order_key bigint not null, customer_key bigint not null,
    ordered_at timestamp not null, line bigint not null, product_id varchar not null, category varchar not null,
    quantity double not null, amount bigint not null, excluded bigint not null
);
create table refunds (
    batch_id bigint not null, doc_key bigint not null, order_key bigint not null, customer_key bigint not null,
    refunded_at timestamp not null, day date not null, product_id varchar not null, quantity double not null,
    amount bigint not null, excluded bigint not null, currency varchar not null
);
create table hidden (doc_key bigint not null, batch_id bigint not null, by_batch bigint not null);
create table claims (doc_key bigint not null, batch_id bigint not null, by_batch bigint not null);
create table products (
    batch_id bigint not null, product_id varchar not null, name varchar not null, category varchar not null,
    subcategory varchar not null, cost bigint not null, launched date not null
);
create table customers (
    batch_id bigint not null, customer_key bigint not null, joined date not null, tier varchar not null,
    store varchar not null, city varchar not null, gender varchar not null, birth_year bigint not null,
    excluded bigint not null
);
