-- How many documents that some batches brought again others hold, and show.
select batch_id, cast(count(distinct doc_key) as bigint) as orders
from claims
where by_batch in (:batches) and batch_id in (:live)
    and (doc_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:live))
group by batch_id
