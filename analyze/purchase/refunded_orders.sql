-- The orders that refunds name, with their customers: a refund without a
-- customer of its own belongs to its order's.
select order_key, customer_key
from orders
where batch_id in (:batches) and status = 1 and kind < 3 and currency = :currency
    and order_key in (select order_key from refunds where batch_id in (:batches) and order_key <> 0)
    and (order_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
