-- Gap ÷ own rhythm as it stood before the gap: weights by cell, an open gap's cell
-- is moved by :cells. A cell is the leading bits of the ratio's float.
select groupArray(cell) as cells, groupArray(weight) as weights
from (
    select least(greatest(toInt64(bitShiftRight(reinterpretAsUInt64(ratio), 42)) - 1035263, 0), :cells - 1) + if(open, :cells, 0) as cell,
        sum(weight) as weight
    from (
        select weight, tupleElement(gap, 1) as ratio, tupleElement(gap, 2) as open
        from (
            select 1 / length(days) as weight, arrayJoin(arrayConcat(
                arrayMap((a, b, k) -> (toFloat64(b - a) / ((2 * :cycle + toFloat64(a - days[1])) / toFloat64(1 + k)), 0),
                    arrayPopBack(days), arrayPopFront(days), arrayEnumerate(arrayPopBack(days))),
                [(toFloat64(:as_of - days[-1]) / ((2 * :cycle + toFloat64(days[-1] - days[1])) / toFloat64(1 + length(days))), 1)])) as gap
            from (
                select arrayCompact(arraySort(groupArray(toInt64(toInt32(day))))) as days
                from purchases where run = :run
                group by customer_key))
    )
    group by cell
)
