-- The other imports that brought the document again claim it at its new place.
insert into claims
select doc_key, :carry, by_batch from claims
where batch_id = :batch and by_batch in (:others)
    and doc_key in (select doc_key from claims where batch_id = :batch and by_batch = :claimant
        and doc_key not in (select doc_key from claims where batch_id = :batch and by_batch in (:earlier)))
