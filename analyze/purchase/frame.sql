-- The bridge's raw sums: everything that came in, by what it is.
select status, kind, case when customer_key = 0 then 0 else 1 end as known,
    cast(count(*) as bigint) as orders, cast(sum(gross) as bigint) as gross,
    cast(sum(excluded) as bigint) as excluded, cast(sum(unpaid) as bigint) as unpaid
from orders
where batch_id in (:batches) and day <= :as_of and currency = :currency
    and (order_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
group by status, kind, case when customer_key = 0 then 0 else 1 end
order by status, kind, known
