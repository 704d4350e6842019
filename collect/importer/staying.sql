-- How many orders of some batches count while others are live.
select batch_id, cast(count(*) as bigint) as orders
from orders
where batch_id in (:batches)
    and (order_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:live))
group by batch_id
