-- Ranges of days: orders lie by customer, so that every part holds every day. The
-- projection keeps what statements over days read a second time, by day. A delete
-- rebuilds it in the parts that it touches.
alter table orders modify setting lightweight_mutation_projection_mode = 'rebuild';

alter table orders add projection if not exists by_day (
    select batch_id, order_key, customer_key, day, hour, status, kind, currency, gross, excluded, discount, cost,
        quantity, category, channel, promoted, unpaid
    order by day, customer_key
);

-- In the background: until it is done, reads take the parts as they lie.
alter table orders materialize projection by_day settings mutations_sync = 0;
