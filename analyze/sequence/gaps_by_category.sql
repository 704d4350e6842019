-- The same gaps by the category of the first purchase, with their full length: how
-- many, and their weight. An open gap of g days is -1 - g.
select category, groupArray(gap) as gaps, groupArray(number) as numbers, groupArray(weight) as weights
from (
    select category, gap, toInt64(count()) as number, sum(weight) as weight
    from (
        select category, 1 / length(days) as weight, arrayJoin(arrayConcat(
                arrayMap((a, b) -> b - a, arrayPopBack(days), arrayPopFront(days)),
                [-1 - (:as_of - days[-1])])) as gap
        from (
            select arrayCompact(arraySort(groupArray(toInt64(toInt32(day))))) as days,
                positiveModulo(min(toInt64(toInt32(day)) * 256 + if(intDiv(traits, 256) % 256 = 0, 255, intDiv(traits, 256) % 256)), 256) as category
            from purchases where run = :run
            group by customer_key)
    )
    group by category, gap
)
group by category
order by category
