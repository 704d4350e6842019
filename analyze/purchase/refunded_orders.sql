-- The orders that refunds name, with their customers and whether they were paid: a
-- refund without a customer of its own belongs to its order's, and money that was
-- never paid cannot be given back.
select order_key, customer_key, status
from orders
where batch_id in (:batches) and kind < 3 and currency = :currency
    and order_key in (select order_key from refunds where batch_id in (:batches) and order_key <> 0)
    and (order_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
