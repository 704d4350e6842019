-- The latest refunds of a customer.
select doc_key, order_key, refunded_at, amount, quantity, currency
from refunds
where batch_id in (:batches) and customer_key = :customer
    and (doc_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
order by refunded_at desc, doc_key, product_id, amount limit 500
