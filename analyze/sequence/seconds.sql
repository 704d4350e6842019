-- The ways to the second purchase day by what is known of the first: customers by
-- cell, those who came back at 0 … 366, the others at 367 … 733. news is 0 for
-- customers not known to be new, 1 for new ones, 2 for members since before.
select news, category, channel, promoted, groupArray(cell) as cells, groupArray(number) as numbers
from (
    select multiIf(known = 1 and joined < :first_day, 2, known = 1 or days[1] >= :new_from, 1, 0) as news,
        category, channel, promoted,
        if(length(days) > 1, least(days[2] - days[1], 366), 367 + least(:as_of - days[1], 366)) as cell,
        toInt64(count()) as number
    from (
        select customer_key, arrayCompact(arraySort(groupArray(toInt64(toInt32(day))))) as days,
            positiveModulo(min(toInt64(toInt32(day)) * 256 + if(intDiv(traits, 256) % 256 = 0, 255, intDiv(traits, 256) % 256)), 256) as category,
            positiveModulo(min(toInt64(toInt32(day)) * 256 + if(intDiv(traits, 65536) = 0, 255, intDiv(traits, 65536))), 256) as channel,
            1 - positiveModulo(min(toInt64(toInt32(day)) * 2 + 1 - intDiv(traits, 32) % 2), 2) as promoted
        from purchases where run = :run
        group by customer_key
    ) as bought
    left join (
        select customer_key, 1 as known, toInt64(toInt32(argMax(c.joined, batch_id))) as joined
        from customers as c
        where batch_id in (:batches) and toInt32(c.joined) <> :no_day
        group by customer_key
    ) as member on member.customer_key = bought.customer_key
    group by news, category, channel, promoted, cell
)
group by news, category, channel, promoted
order by news, category, channel, promoted
