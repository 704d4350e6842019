-- How many orders each day has: frames the data and cuts it into slices.
select day, currency, cast(count(*) as bigint) as orders
from orders
where batch_id in (:batches) and day <= :as_of
    and (order_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
group by day, currency
order by day, currency
