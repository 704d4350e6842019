-- Pieces per order and lines in all, for the items per order.
select cast(count(*) as bigint) as lines, cast(coalesce(sum(case when excluded = 0 then quantity else 0 end), 0) as double) as quantity
from order_items
where batch_id in (:batches)
    and (order_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
