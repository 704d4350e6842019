insert into refunds
select :carry, doc_key, order_key, customer_key, refunded_at, day, product_id, quantity, amount, excluded, currency
from refunds
where batch_id = :batch and doc_key in (select doc_key from claims where batch_id = :batch and by_batch = :claimant
        and doc_key not in (select doc_key from claims where batch_id = :batch and by_batch in (:earlier)))
