//! The stand-ins' statements.

bursar_store::statements! {
    /// All of an org that are not over, of members who can decide.
    LIST = "SELECT s.member_id, m.email, s.stand_in_id, i.email AS stand_in_email, s.from_us, s.until_us FROM stand_ins s \
        JOIN members m ON m.id = s.member_id AND m.role IN ('owner', 'approver') \
        JOIN members i ON i.id = s.stand_in_id AND i.role IN ('owner', 'approver') \
        WHERE s.org_id = $1 AND s.until_us > $2 ORDER BY s.member_id";
    /// Somebody stands in for a member, instead of whoever did.
    SET = "INSERT INTO stand_ins (member_id, org_id, stand_in_id, from_us, until_us) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (member_id) DO UPDATE SET stand_in_id = excluded.stand_in_id, from_us = excluded.from_us, \
        until_us = excluded.until_us";
    /// Nobody stands in for a member any more.
    END = "DELETE FROM stand_ins WHERE member_id = $1";
    /// A member is gone.
    END_ALL = "DELETE FROM stand_ins WHERE member_id = $1 OR stand_in_id = $1";
}
