-- The categories that product files gave; a later file's word replaces an earlier
-- one's.
select product_id, category
from products
where batch_id in (:batches) and category <> ''
order by batch_id
