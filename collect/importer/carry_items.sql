insert into order_items
select :carry, order_key, customer_key, ordered_at, line, product_id, category, quantity, amount, excluded
from order_items
where batch_id = :batch and order_key in (select doc_key from claims where batch_id = :batch and by_batch = :claimant
        and doc_key not in (select doc_key from claims where batch_id = :batch and by_batch in (:earlier)))
