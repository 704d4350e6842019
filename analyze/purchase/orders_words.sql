-- As orders.sql, with the words that describe an order.
select customer_key, order_key, day, hour + 32 * kind + 128 * promoted as traits,
    gross, excluded, discount, cost, quantity, category, channel
from orders
where batch_id in (:batches) and day >= :from_day and day <= :to_day and currency = :currency
    and status = 1 and kind < 3 and customer_key > 0
    and (order_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
