-- A run's customers, one row each, in no order: their purchases as lists.
select customer_key, groupArray(toInt32(day)) as days, groupArray(gross) as gross_of_each, groupArray(amount) as amount_of_each,
    groupArray(toInt32(traits)) as traits_of_each, sum(discount) as discounts, sum(quantity) as pieces
from purchases
where run = :run
group by customer_key
settings optimize_aggregation_in_order = 1
