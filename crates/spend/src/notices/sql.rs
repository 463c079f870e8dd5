//! The notices' statements.

bursar_store::statements! {
    /// Orgs whose trail has gone past their cursor, or whose morning has come, in the order of their ids.
    BEHIND = "SELECT h.org_id, h.seq AS head_seq, COALESCE(w.cursor_seq, 0) AS cursor_seq, COALESCE(w.due_us, 0) AS due_us \
        FROM heads h JOIN orgs o ON o.id = h.org_id LEFT JOIN watches w ON w.org_id = h.org_id WHERE h.org_id > $1 \
        AND (w.org_id IS NULL OR w.cursor_seq < h.seq OR w.due_us <= $2) ORDER BY h.org_id LIMIT $3";
    /// An org's cursor, unless it has one.
    ENSURE = "INSERT INTO watches (org_id, cursor_seq, due_us) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING";
    /// Moves a cursor, unless another process did.
    ADVANCE = "UPDATE watches SET cursor_seq = $3 WHERE org_id = $1 AND cursor_seq = $2";
    /// The morning that is next.
    DUE = "SELECT cursor_seq, due_us FROM watches WHERE org_id = $1";
    /// The morning after that.
    SET_DUE = "UPDATE watches SET due_us = $2 WHERE org_id = $1";
    /// Entries of a chain, oldest first.
    EVENTS = "SELECT * FROM events WHERE org_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4";
    /// When an entry was made.
    AT = "SELECT at_us FROM events WHERE org_id = $1 AND seq = $2";
    /// What is remembered of a wallet.
    WALLET = "SELECT * FROM watched_wallets WHERE wallet = $1";
    /// Remembers a wallet.
    SAVE_WALLET = "INSERT INTO watched_wallets (wallet, org_id, available_micros, below_micros, is_funded, is_low, is_empty) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (wallet) DO UPDATE SET available_micros = excluded.available_micros, \
        below_micros = excluded.below_micros, is_funded = excluded.is_funded, is_low = excluded.is_low, \
        is_empty = excluded.is_empty";
    /// Whether an agent that draws on a wallet was there before.
    DRAWN_ON = "SELECT a.id FROM budgets b JOIN agents a ON a.id = b.agent_id \
        WHERE b.org_id = $1 AND b.wallet = $2 AND a.created_us < $3 LIMIT 1";
    /// How many payments of an agent were declined in a row.
    DECLINES = "SELECT declines FROM watched_agents WHERE agent_id = $1";
    /// Remembers how many.
    SAVE_DECLINES = "INSERT INTO watched_agents (agent_id, org_id, declines) VALUES ($1, $2, $3) \
        ON CONFLICT (agent_id) DO UPDATE SET declines = excluded.declines";
    /// Adds to what an agent did on a day.
    ADD_DAY = "INSERT INTO watched_days (org_id, day, agent_id, paid, paid_micros, refunded_micros, asked, declined) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (org_id, day, agent_id) DO UPDATE SET \
        paid = watched_days.paid + excluded.paid, paid_micros = watched_days.paid_micros + excluded.paid_micros, \
        refunded_micros = watched_days.refunded_micros + excluded.refunded_micros, \
        asked = watched_days.asked + excluded.asked, declined = watched_days.declined + excluded.declined";
    /// What an org's agents did on some days.
    DAYS = "SELECT agent_id, CAST(SUM(paid) AS BIGINT) AS paid, CAST(SUM(paid_micros) AS BIGINT) AS paid_micros, \
        CAST(SUM(refunded_micros) AS BIGINT) AS refunded_micros, CAST(SUM(asked) AS BIGINT) AS asked, \
        CAST(SUM(declined) AS BIGINT) AS declined FROM watched_days WHERE org_id = $1 AND day >= $2 AND day <= $3 \
        GROUP BY agent_id ORDER BY agent_id";
    /// Whether it was told that most of a limit is used.
    LIMIT_TOLD = "SELECT org_id FROM watched_limits WHERE agent_id = $1 AND kind = $2 AND start_us = $3 AND limit_micros = $4";
    /// It is told now.
    TELL_LIMIT = "INSERT INTO watched_limits (agent_id, kind, start_us, limit_micros, org_id) VALUES ($1, $2, $3, $4, $5)";
    /// An org's alerts.
    ALERTS = "SELECT wallet, below_micros FROM wallet_alerts WHERE org_id = $1 ORDER BY wallet";
    /// Below which sum owners are told of a wallet.
    SET_ALERT = "INSERT INTO wallet_alerts (wallet, org_id, below_micros) VALUES ($1, $2, $3) \
        ON CONFLICT (wallet) DO UPDATE SET below_micros = excluded.below_micros";
    /// They are told no more.
    DROP_ALERT = "DELETE FROM wallet_alerts WHERE wallet = $1";
    /// What a member has chosen.
    CHOICES = "SELECT kind, is_on FROM notification_choices WHERE member_id = $1";
    /// One choice.
    CHOOSE = "INSERT INTO notification_choices (member_id, kind, org_id, is_on) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (member_id, kind) DO UPDATE SET is_on = excluded.is_on";
}
