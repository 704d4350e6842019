-- What hid the document's old place hides its new one; what the old place hid,
-- the new one hides.
insert into hidden
select doc_key, :carry, by_batch from hidden
where batch_id = :batch and doc_key in (select doc_key from claims where batch_id = :batch and by_batch = :claimant
        and doc_key not in (select doc_key from claims where batch_id = :batch and by_batch in (:earlier)))
union all
select doc_key, batch_id, :carry from hidden
where by_batch = :batch and doc_key in (select doc_key from claims where batch_id = :batch and by_batch = :claimant
        and doc_key not in (select doc_key from claims where batch_id = :batch and by_batch in (:earlier)))
