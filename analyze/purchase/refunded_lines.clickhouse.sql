-- As refunded_lines.sql. Lines, their orders and the refunds share a customer, and
-- so a shard: nothing is sent from one to another.
select o.customer_key as customer_key, i.product_id as product_id, i.ordered_at as ordered_at,
    i.order_key as order_key, i.quantity as quantity
from order_items i
    join orders o on o.order_key = i.order_key and o.batch_id = i.batch_id
where i.batch_id in (:batches) and i.quantity > 0 and o.customer_key > 0
    and o.currency = :currency and o.status = 1 and o.kind < 3
    and (o.customer_key, i.product_id) in (
        select customer_key, product_id from refunds
        where batch_id in (:batches) and customer_key > 0 and product_id <> '' and day <= :as_of)
    and (i.order_key, i.batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
order by o.customer_key, i.product_id, i.ordered_at, i.order_key, i.line
settings distributed_product_mode = 'local'
