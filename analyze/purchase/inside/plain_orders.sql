-- Paid orders of known customers that no refund touches, in the money of the
-- analysis: what Loader.take makes of each where orders are streamed. what is 0 for
-- a purchase, 1 for an order of an excluded customer, 2 for an order of value zero
-- that is no purchase. A word becomes its place in the list, from 0; -1 for none.
select customer_key, day, what, paid, if(:money = 'margin', kept, paid) as amount, kept, spent,
    saved, promoted = 1 or saved > 0 as discounted, hour, toFloat64(toFloat32(quantity)) as pieces,
    toInt64(greatest(toInt64(indexOf([:categories], category)) - 2, -1)) as category_at,
    toInt64(greatest(toInt64(indexOf([:channels], channel)) - 2, -1)) as channel_at
from (
    select customer_key, day, promoted, hour, quantity, category, channel,
        gross + :keep_excluded * excluded as own,
        if(:converted = 0, own, toInt64(roundBankers(own * :rate))) as paid,
        if(:converted = 0, cost, toInt64(roundBankers(cost * :rate))) as spent,
        if(:converted = 0, discount, toInt64(roundBankers(discount * :rate))) as saved,
        if(spent = 0 and :margin > 0, toInt64(roundBankers(paid * :margin)), paid - spent) as kept,
        multiIf(customer_key in (:excluded), 1,
            own = 0 and not (:keep_zero = 1 and kind = 1 or :keep_zero_lines = 1 and kind = 2), 2, 0) as what
    from orders
    where batch_id in (:batches) and day <= :as_of and currency = :currency and status = 1 and kind < 3 and customer_key > 0
        and (order_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
        and order_key not in (:strays)
        and order_key not in (select order_key from refunds where batch_id in (:batches) and order_key <> 0)
        and order_key not in (
            select order_key from order_items
            where batch_id in (:batches) and (customer_key, product_id) in (
                select customer_key, product_id from refunds
                where batch_id in (:batches) and customer_key > 0 and product_id <> ''))
)
