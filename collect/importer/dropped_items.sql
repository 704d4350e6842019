-- The lines that drop_items takes back.
select order_key, ordered_at, line, product_id, category, quantity, amount, excluded
from order_items
where batch_id = :batch and order_key in (select doc_key from claims where by_batch = :batch)
