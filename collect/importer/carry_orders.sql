insert into orders
select :carry, order_key, order_id, customer_key, ordered_at, day, hour, status, kind, currency, gross, excluded,
    discount, cost, quantity, lines, category, channel, store, promoted, content_hash, unpaid
from orders
where batch_id = :batch and order_key in (select doc_key from claims where batch_id = :batch and by_batch = :claimant
        and doc_key not in (select doc_key from claims where batch_id = :batch and by_batch in (:earlier)))
