-- A run's customers, one row each: their purchase days as lists, in no order, and
-- what was bought in all. opened packs the words of the first day.
select customer_key, groupArray(toInt32(day)) as days, groupArray(toInt32(orders)) as orders_of_day,
    groupArray(gross) as gross_of_day, groupArray(amount) as amount_of_day,
    sum(discount) as discounts, sum(discounted) as discounted_orders, sum(refunded) as refunded_orders,
    sum(evening) as evenings, sum(night) as nights, sum(timed) as timed_orders, sum(quantity) as pieces,
    argMin(category, day) as first_category, argMin(channel, day) as first_channel, toInt64(argMin(discounted, day) > 0) as first_promoted,
    arrayStringConcat(groupArray(categories)) as all_categories, arrayStringConcat(groupArray(channels)) as all_channels
from customer_days
where run = :run
group by customer_key
order by customer_key
settings optimize_aggregation_in_order = 1
