-- Every version of every document that a live batch holds; visible tells the one
-- that counts.
select order_key, batch_id, content_hash,
    case when (order_key, batch_id) in (select doc_key, batch_id from hidden where by_batch in (:batches)) then 0 else 1 end as visible
from orders
where batch_id in (:batches)
