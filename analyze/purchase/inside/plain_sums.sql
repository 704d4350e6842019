-- What the plain orders add to the bridge.
select toInt64(countIf(what = 1)) as excluded_orders, toInt64(sumIf(paid, what = 1)) as excluded,
    toInt64(countIf(what = 2)) as zero_orders,
    toInt64(countIf(what = 0)) as orders, toInt64(sumIf(paid, what = 0)) as paid_money, toInt64(sumIf(kept, what = 0)) as kept_money,
    toInt64(countIf(what = 0 and spent <> 0)) as with_cost
from ({plain_orders})
