-- Refunds up to the as-of day, in the order in which they claim earlier lines.
select doc_key, order_key, customer_key, refunded_at, day, product_id, quantity, amount, excluded
from refunds
where batch_id in (:batches) and day <= :as_of and currency = :currency
    and (doc_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
order by refunded_at, doc_key, product_id, quantity, amount
