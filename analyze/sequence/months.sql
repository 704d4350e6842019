-- Customers by the month of the first purchase and of every later one; news counts
-- those known to be new by the month of the first.
select month, groupArray(later) as laters, groupArray(number) as numbers, sum(news) as news
from (
    select months[1] as month, arrayJoin(months) - months[1] as later, toInt64(count()) as number,
        toInt64(countIf(later = 0 and (known = 1 and joined >= :first_day or known = 0 and first >= :new_from))) as news
    from (
        select customer_key, toInt64(min(toInt32(day))) as first,
            arraySort(groupUniqArray(toInt64(toYear(day)) * 12 + toInt64(toMonth(day)) - 1)) as months
        from purchases where run = :run
        group by customer_key
    ) as bought
    left join (
        select customer_key, 1 as known, toInt64(toInt32(argMax(c.joined, batch_id))) as joined
        from customers as c
        where batch_id in (:batches) and toInt32(c.joined) <> :no_day
        group by customer_key
    ) as member on member.customer_key = bought.customer_key
    group by month, later
)
group by month
order by month
