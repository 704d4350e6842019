-- Which live batches claim documents that a batch holds.
select by_batch, cast(count(*) as bigint) as documents
from claims
where batch_id = :batch and by_batch in (:others)
group by by_batch
order by by_batch
