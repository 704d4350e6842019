-- Writes the purchase days of a run: of plain orders, and those that were touched.
insert into {table} (run, customer_key, day, orders, gross, amount, discount, discounted, refunded,
    evening, night, timed, quantity, category, channel, categories, channels)
select toInt64(:run), customer_key, day, sum(orders), sum(gross), sum(amount), sum(discount), sum(discounted), sum(refunded),
    sum(evening), sum(night), sum(timed), sum(quantity), min(category), min(channel),
    arrayStringConcat(groupArray(categories)), arrayStringConcat(groupArray(channels))
from (
    select customer_key, day, toInt64(1) as orders, paid as gross, amount, saved as discount,
        toInt64(discounted) as discounted, toInt64(0) as refunded,
        toInt64(hour >= 18) as evening, toInt64(hour < 6) as night, toInt64(hour <> 12) as timed, pieces as quantity,
        if(category_at < 0, 127, category_at) as category, if(channel_at < 0, 127, channel_at) as channel,
        if(category_at < 0, '', char(category_at + 1)) as categories, if(channel_at < 0, '', char(channel_at + 1)) as channels
    from ({plain_orders})
    where what = 0
    union all
    select customer_key, day, orders, gross, amount, discount, discounted, refunded, evening, night, timed, quantity,
        category, channel, categories, channels
    from touched_days where run = :touched
)
group by customer_key, day
