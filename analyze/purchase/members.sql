-- What member files say; a later file's row replaces an earlier one's.
select batch_id, customer_key, joined, excluded
from customers
where batch_id in (:batches)
order by batch_id
