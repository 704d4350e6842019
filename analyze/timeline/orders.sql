-- The latest orders of a customer, whatever became of them.
select order_key, order_id, ordered_at, status, kind, gross, discount, quantity, lines, category, channel, store, promoted, currency
from orders
where batch_id in (:batches) and customer_key = :customer
    and (order_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
order by ordered_at desc, order_key limit 500
