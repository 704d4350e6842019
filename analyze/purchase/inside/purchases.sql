-- Writes the purchases of a run among the plain orders. traits packs the hour (bits
-- 0 – 4), whether there was a discount (5) or a refund (6), and the places of the
-- category (from bit 8) and the channel (from bit 16), from 1, 0 for none.
insert into {table} (run, customer_key, day, gross, amount, discount, quantity, traits)
select toInt64(:run), customer_key, day, paid, amount, saved, pieces,
    hour + 32 * discounted + 256 * (category_at + 1) + 65536 * (channel_at + 1)
from ({plain_orders})
where what = 0
