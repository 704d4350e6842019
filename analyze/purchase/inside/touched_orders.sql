-- The other ones: orders that a refund names or may belong to. They are few, and
-- leave the shard to be settled one by one.
select customer_key, order_key, day, hour + 32 * kind + 128 * promoted as traits,
    gross, excluded, discount, cost, quantity, category, channel
from orders
where batch_id in (:batches) and day <= :as_of and currency = :currency and status = 1 and kind < 3 and customer_key > 0
    and (order_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
    and (order_key in (:strays)
        or order_key in (select order_key from refunds where batch_id in (:batches) and order_key <> 0)
        or order_key in (
            select order_key from order_items
            where batch_id in (:batches) and (customer_key, product_id) in (
                select customer_key, product_id from refunds
                where batch_id in (:batches) and customer_key > 0 and product_id <> '')))
