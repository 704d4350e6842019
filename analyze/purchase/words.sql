-- The categories and channels that orders name, most frequent first.
select word, name, orders from (
    select 'category' as word, category as name, cast(count(*) as bigint) as orders
    from orders
    where batch_id in (:batches) and status = 1 and kind < 3
        and (order_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
    group by category
    union all
    select 'channel' as word, channel as name, cast(count(*) as bigint) as orders
    from orders
    where batch_id in (:batches) and status = 1 and kind < 3
        and (order_key, batch_id) not in (select doc_key, batch_id from hidden where by_batch in (:batches))
    group by channel
) counted
order by word, orders desc, name
