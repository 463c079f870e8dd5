//! The audit trail's verification against a hand on the database.

use bursar_base::{Clock as _, SeededRng, TimeUs};
use bursar_money::audit::{
    self, Broken, Checkpoint, CheckpointError, CheckpointKey, Verify, Wrong, read_checkpoints,
    verify_checkpoint,
};
use bursar_store::events::{Event, GENESIS};
use bursar_store::{Arg, Columns as _, MasterKey};

use crate::engine::Scratch;
use crate::on_both_engines;
use crate::story::Story;

on_both_engines!(
    a_true_trail_is_clean,
    the_first_broken_link_is_named,
    a_cut_tail_is_named,
    a_rewritten_chain_is_named_by_what_was_kept,
    checkpoints_are_genuine_or_named,
    a_broken_end_is_not_signed,
    a_changed_hold_is_named,
);

fn key(seed: u64) -> CheckpointKey {
    CheckpointKey::derive(&MasterKey::generate(&SeededRng::new(seed)))
}

/// The one thing that is wrong, or nothing.
async fn wrong(scratch: &Scratch, kept: &[Checkpoint]) -> Option<Broken> {
    let what = Verify { kept, ..Verify::default() };
    let mut report = audit::verify(&scratch.db, &what, &mut |_| {}).await.unwrap();
    assert!(report.broken_count <= 1, "{report}");
    assert_eq!(report.is_clean(), report.broken.is_empty());
    report.broken.pop()
}

async fn told(scratch: &Scratch) -> Story {
    let story = Story::begin(&scratch.db).await;
    story.tell().await;
    story
}

async fn a_true_trail_is_clean(scratch: &Scratch) {
    let story = told(scratch).await;
    let mut seen = 0;
    let report = audit::verify(&scratch.db, &Verify::default(), &mut |entries| seen = entries).await.unwrap();
    assert!(report.is_clean(), "{report}");
    assert!(report.to_string().contains("Every chain is whole"));
    assert_eq!((report.chains, report.entries), (1, seen));
    assert!(seen > 30, "{report}");
    let what = Verify { org: Some(story.org.as_str()), ..Verify::default() };
    assert_eq!(audit::verify(&scratch.db, &what, &mut |_| {}).await.unwrap(), report);
}

async fn the_first_broken_link_is_named(scratch: &Scratch) {
    let story = told(scratch).await;
    scratch.drop_triggers().await;
    let org: [Arg<'_>; 1] = [story.org.as_str().into()];
    let change = |sql: &'static str| scratch.force(sql, &org);

    change("UPDATE events SET amount_micros = amount_micros + 1 WHERE seq = 5 AND org_id = $1").await;
    let broken = wrong(scratch, &[]).await.unwrap();
    assert_eq!(broken.seq, 5);
    assert!(matches!(broken.wrong, Wrong::Hash { .. }), "{broken}");
    assert!(broken.to_string().contains("entry 5: its content"), "{broken}");
    // A second change further on is not the first.
    change("UPDATE events SET actor = 'nobody' WHERE seq = 9 AND org_id = $1").await;
    assert_eq!(wrong(scratch, &[]).await.unwrap().seq, 5);
    change("UPDATE events SET amount_micros = amount_micros - 1 WHERE seq = 5 AND org_id = $1").await;
    assert_eq!(wrong(scratch, &[]).await.unwrap().seq, 9);

    change("DELETE FROM events WHERE seq IN (7, 8) AND org_id = $1").await;
    let broken = wrong(scratch, &[]).await.unwrap();
    assert_eq!((broken.seq, broken.wrong), (7, Wrong::Gap { found: 9 }));
    change("UPDATE events SET seq = 0 WHERE seq = 9 AND org_id = $1").await;
    let broken = wrong(scratch, &[]).await.unwrap();
    assert_eq!((broken.seq, broken.wrong), (0, Wrong::Stray));
}

async fn a_changed_hold_is_named(scratch: &Scratch) {
    let story = told(scratch).await;
    scratch.drop_triggers().await;
    let org: [Arg<'_>; 1] = [story.org.as_str().into()];
    let sql = "UPDATE events SET held_for = held_from WHERE org_id = $1 AND seq = (SELECT MIN(seq) FROM events \
        WHERE org_id = $1 AND held_from IS NOT NULL)";
    scratch.force(sql, &org).await;
    let broken = wrong(scratch, &[]).await.unwrap();
    assert!(matches!(broken.wrong, Wrong::Hash { .. }), "{broken}");
}

async fn a_cut_tail_is_named(scratch: &Scratch) {
    let story = told(scratch).await;
    let kept: Vec<_> = audit::checkpoint_all(&scratch.db, &key(1), &story.clock).await.unwrap();
    scratch.drop_triggers().await;
    let org: [Arg<'_>; 1] = [story.org.as_str().into()];
    let change = |sql: &'static str| scratch.force(sql, &org);
    let last = kept[0].seq;

    change("DELETE FROM events WHERE seq = (SELECT MAX(seq) FROM events) AND org_id = $1").await;
    let broken = wrong(scratch, &[]).await.unwrap();
    assert_eq!((broken.seq, broken.wrong), (last, Wrong::Truncated { last: last - 1 }));
    // The head is put back too: only a checkpoint remembers, the stored one ...
    change(
        "UPDATE heads SET seq = seq - 1, hash = (SELECT hash FROM events e WHERE e.seq = heads.seq - 1), \
         last_us = (SELECT at_us FROM events e WHERE e.seq = heads.seq - 1) WHERE org_id = $1",
    )
    .await;
    let gone = Wrong::Checkpoint { signed: kept[0].hash.clone(), found: None };
    let broken = wrong(scratch, &[]).await.unwrap();
    assert_eq!((broken.seq, &broken.wrong), (last, &gone));
    // ... or, when that is deleted as well, the one that was kept elsewhere.
    change("DELETE FROM checkpoints WHERE org_id = $1").await;
    assert_eq!(wrong(scratch, &[]).await, None);
    assert_eq!(wrong(scratch, &kept).await.unwrap().wrong, gone);

    change("UPDATE heads SET seq = seq - 1 WHERE org_id = $1").await;
    let broken = wrong(scratch, &[]).await.unwrap();
    let head = Some(last - 2);
    assert_eq!((broken.seq, broken.wrong), (last - 1, Wrong::Head { head, field: "number" }));
    change("DELETE FROM heads WHERE org_id = $1").await;
    let broken = wrong(scratch, &[]).await.unwrap();
    assert!(matches!(broken.wrong, Wrong::Head { head: None, .. }), "{broken}");
    // Nothing is left but what was kept.
    change("DELETE FROM events WHERE org_id = $1").await;
    change("DELETE FROM orgs WHERE id = $1").await;
    assert_eq!(wrong(scratch, &[]).await, None);
    assert_eq!(wrong(scratch, &kept).await.unwrap().wrong, gone);
}

/// Recomputes every hash from the first entry on, as one with the whole database in hand could.
async fn rehash(scratch: &Scratch, story: &Story) {
    let org: [Arg<'_>; 1] = [story.org.as_str().into()];
    let mut tx = scratch.db.write().await.unwrap();
    let sql = "SELECT * FROM events WHERE org_id = $1 ORDER BY seq";
    let rows = tx.rows(sql, &org).await.unwrap();
    let mut previous = GENESIS.to_owned();
    for row in &rows {
        let event = Event::from_row(row).unwrap();
        previous = event.hash_after(&previous);
        let sql = "UPDATE events SET hash = $3 WHERE org_id = $1 AND seq = $2";
        let args = [story.org.as_str().into(), event.seq.into(), (&previous).into()];
        tx.execute(sql, &args).await.unwrap();
    }
    let sql = "UPDATE heads SET hash = $2 WHERE org_id = $1";
    tx.execute(sql, &[story.org.as_str().into(), (&previous).into()]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_rewritten_chain_is_named_by_what_was_kept(scratch: &Scratch) {
    let story = told(scratch).await;
    let org: [Arg<'_>; 1] = [story.org.as_str().into()];
    let kept = audit::checkpoint_all(&scratch.db, &key(1), &story.clock).await.unwrap();
    story.deposit(1).await;
    scratch.drop_triggers().await;
    scratch.force("DELETE FROM checkpoints WHERE org_id = $1", &org).await;
    assert_eq!(wrong(scratch, &kept).await, None);

    scratch.force("UPDATE events SET detail = '{}' WHERE seq = 5 AND org_id = $1", &org).await;
    rehash(scratch, &story).await;
    assert_eq!(wrong(scratch, &[]).await, None, "without a checkpoint nothing shows");
    let broken = wrong(scratch, &kept).await.unwrap();
    assert_eq!(broken.seq, kept[0].seq);
    let Wrong::Checkpoint { signed, found: Some(found) } = &broken.wrong else { panic!("{broken}") };
    assert_eq!(signed, &kept[0].hash);
    assert_ne!(found, signed);

    // Time that goes backwards shows even where the hashes are right.
    scratch.force("UPDATE events SET at_us = at_us - 3600000000 WHERE seq = 6 AND org_id = $1", &org).await;
    rehash(scratch, &story).await;
    let broken = wrong(scratch, &[]).await.unwrap();
    assert!(broken.seq == 6 && matches!(broken.wrong, Wrong::Time { .. }), "{broken}");
}

async fn checkpoints_are_genuine_or_named(scratch: &Scratch) {
    let story = told(scratch).await;
    let org: [Arg<'_>; 1] = [story.org.as_str().into()];
    let at = story.clock.now();
    let first =
        audit::checkpoint(&scratch.db, story.org.as_str(), &key(1), &story.clock).await.unwrap().unwrap();
    assert_eq!(TimeUs(first.at_us), at);
    assert_eq!(first.public_key, key(1).public_key());
    story.clock.set(TimeUs(at.0 + 1));
    let again = audit::checkpoint(&scratch.db, story.org.as_str(), &key(1), &story.clock).await.unwrap();
    assert_eq!(again.as_ref(), Some(&first), "the same head keeps its checkpoint");
    assert_eq!(audit::checkpoint(&scratch.db, "org_none", &key(1), &story.clock).await.unwrap(), None);

    let json = serde_json::to_string(&first).unwrap();
    assert_eq!(verify_checkpoint(&json).unwrap(), first);
    let changed = json.replace(&format!("\"seq\":{}", first.seq), "\"seq\":1");
    assert_eq!(verify_checkpoint(&changed), Err(CheckpointError::Signature));
    assert!(matches!(read_checkpoints("\n{}"), Err(CheckpointError::Form { line: 2, .. })));
    assert_eq!(read_checkpoints(&format!("{json}\n\n{json}\n")).unwrap().len(), 2);

    assert_eq!(wrong(scratch, &[]).await, None);
    let (ours, others) = ([key(1).public_key()], [key(2).public_key()]);
    for (trusted, clean) in [(&ours, true), (&others, false)] {
        let what = Verify { trusted, ..Verify::default() };
        let report = audit::verify(&scratch.db, &what, &mut |_| {}).await.unwrap();
        assert_eq!(report.is_clean(), clean, "{report}");
    }
    scratch.drop_triggers().await;
    scratch.force("UPDATE checkpoints SET at_us = at_us + 1 WHERE org_id = $1", &org).await;
    let broken = wrong(scratch, &[]).await.unwrap();
    assert!(broken.seq == first.seq && matches!(broken.wrong, Wrong::Signature { .. }), "{broken}");
    // A broken link is told before a false checkpoint.
    scratch.force("UPDATE events SET actor = 'nobody' WHERE seq = 3 AND org_id = $1", &org).await;
    assert_eq!(wrong(scratch, &[]).await.unwrap().seq, 3);
}

async fn a_broken_end_is_not_signed(scratch: &Scratch) {
    let story = told(scratch).await;
    let org: [Arg<'_>; 1] = [story.org.as_str().into()];
    scratch.drop_triggers().await;
    let sql = "UPDATE events SET actor = 'nobody' WHERE org_id = $1 AND seq = (SELECT MAX(seq) FROM events)";
    scratch.force(sql, &org).await;
    let error = audit::checkpoint_all(&scratch.db, &key(1), &story.clock).await.unwrap_err();
    assert!(error.to_string().contains("audit verify"), "{error}");
    let mut tx = scratch.db.read().await.unwrap();
    let row = tx.row("SELECT COUNT(*) AS value FROM checkpoints", &[]).await.unwrap().unwrap();
    assert_eq!(row.int("value").unwrap(), 0);
}
