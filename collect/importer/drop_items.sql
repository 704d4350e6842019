-- Takes back the lines of documents that turned out to be refused or known
-- already, or whose lines are written once more; their keys were noted as claims of
-- the batch on itself.
delete from order_items
where batch_id = :batch and order_key in (select doc_key from claims where by_batch = :batch)
