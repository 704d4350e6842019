-- The customers whose order has a number: one, unless numbers were used again.
select distinct customer_key
from orders
where batch_id in (:batches) and order_key = :key and order_id = :number and customer_key <> 0
    and (order_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
order by customer_key limit 10
