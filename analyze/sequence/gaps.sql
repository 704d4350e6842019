-- The gaps between the purchase days of a run, put into bags: weights by cell, the
-- closed gaps at 0 … 366, the open ones at 367 … 733.
select bag, groupArray(cell) as cells, groupArray(weight) as weights
from (
    select bag, cell, sum(weight) as weight
    from (
        select bag, weight, arrayJoin(arrayConcat(
                arrayMap((a, b) -> least(b - a, 366), arrayPopBack(days), arrayPopFront(days)),
                [367 + least(:as_of - days[-1], 366)])) as cell
        from (
            select if(:bags = 0, customer_key, toInt64(modulo(bitXor(mixed, bitShiftRight(mixed, 31)), greatest(:bags, 1)))) as bag,
                bitXor(stirred, bitShiftRight(stirred, 27)) * 10723151780598845931 as mixed,
                bitXor(seeded, bitShiftRight(seeded, 30)) * 13787848793156543929 as stirred,
                toUInt64(:seed) + toUInt64(customer_key) * 11400714819323198485 as seeded,
                days, 1 / length(days) as weight
            from (
                select customer_key, arrayCompact(arraySort(groupArray(toInt64(toInt32(day))))) as days
                from purchases where run = :run
                group by customer_key))
    )
    group by bag, cell
)
group by bag
order by bag
