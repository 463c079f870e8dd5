//! The ledger's statements: each recomputes one kind of row from the insert-only tables and returns what differs.
//!
//! Most unfold what is stored (`x1`, `x2`, …) and what the transfers say (`y1`, `y2`, …) into one list, add both up per
//! id, and return the ids whose sums differ as `s1`, `n1`, `s2`, `n2`, …: stored and now. That needs no join, and
//! finds rows that are missing on either side.

/// Held, by kind of transfer.
macro_rules! held {
    () => {
        "CASE kind WHEN 'hold' THEN amount_micros WHEN 'release' THEN -amount_micros ELSE 0 END"
    };
}

/// Moved for good, by kind of transfer.
macro_rules! moved {
    () => {
        "CASE WHEN kind IN ('hold', 'release') THEN 0 ELSE amount_micros END"
    };
}

/// Every window that was ever begun and counted something.
macro_rules! windows {
    () => {
        "windows AS MATERIALIZED (\
         SELECT agent_id, 'day' AS kind, day_start_us AS start_us, day_end_us AS end_us, day_held AS held, \
         day_spent AS spent FROM budgets \
         UNION ALL SELECT agent_id, 'week', week_start_us, week_end_us, week_held, week_spent FROM budgets \
         UNION ALL SELECT agent_id, 'month', month_start_us, month_end_us, month_held, month_spent FROM budgets \
         UNION ALL SELECT agent_id, kind, start_us, end_us, held, spent FROM past_windows), \
         captured AS MATERIALIZED (\
         SELECT t.agent_id, m.org_id, m.seq, m.part, m.at_us, m.amount_micros FROM movements m \
         JOIN transactions t ON t.id = m.transaction_id WHERE m.kind = 'capture')"
    };
}

/// Where a transaction's money goes: see [`super::AccountId::rail`].
macro_rules! credit_account {
    ($t:literal) => {
        concat!("'rail:' || ", $t, ".rail || ':' || ", $t, ".org_id")
    };
}

bursar_store::statements! {
    /// How much there is to look at.
    COUNTS = "SELECT (SELECT COUNT(*) FROM accounts) AS accounts, (SELECT COUNT(*) FROM movements) AS transfers, \
        (SELECT COUNT(*) FROM transactions) AS transactions, (SELECT COUNT(*) FROM events) AS entries, \
        (SELECT COUNT(*) FROM budgets) AS agents, (SELECT COUNT(*) FROM past_windows) AS past_windows, \
        (SELECT COUNT(*) FROM refunds) AS refunds";
    /// Accounts whose four sums are not those of their transfers.
    ACCOUNTS = concat!(
        "SELECT id, CAST(SUM(x1) AS BIGINT) AS s1, CAST(SUM(y1) AS BIGINT) AS n1, CAST(SUM(x2) AS BIGINT) AS s2, \
        CAST(SUM(y2) AS BIGINT) AS n2, CAST(SUM(x3) AS BIGINT) AS s3, CAST(SUM(y3) AS BIGINT) AS n3, \
        CAST(SUM(x4) AS BIGINT) AS s4, CAST(SUM(y4) AS BIGINT) AS n4 FROM (\
        SELECT id, org_id, currency, debits_pending AS x1, debits_posted AS x2, credits_pending AS x3, \
        credits_posted AS x4, 0 AS y1, 0 AS y2, 0 AS y3, 0 AS y4 FROM accounts \
        UNION ALL SELECT debit_account, org_id, currency, 0, 0, 0, 0, SUM(", held!(), "), SUM(", moved!(), "), 0, 0 \
        FROM movements GROUP BY debit_account, org_id, currency \
        UNION ALL SELECT credit_account, org_id, currency, 0, 0, 0, 0, 0, 0, SUM(", held!(), "), SUM(", moved!(), ") \
        FROM movements GROUP BY credit_account, org_id, currency) a \
        GROUP BY id, org_id, currency HAVING SUM(x1) <> SUM(y1) OR SUM(x2) <> SUM(y2) OR SUM(x3) <> SUM(y3) \
        OR SUM(x4) <> SUM(y4)"
    );
    /// Orgs and currencies in which debits are not credits.
    SIDES = "SELECT org_id || ' ' || currency AS id, CAST(SUM(debits_pending) AS BIGINT) AS s1, \
        CAST(SUM(credits_pending) AS BIGINT) AS n1, CAST(SUM(debits_posted) AS BIGINT) AS s2, \
        CAST(SUM(credits_posted) AS BIGINT) AS n2 FROM accounts GROUP BY org_id, currency \
        HAVING SUM(debits_pending) <> SUM(credits_pending) OR SUM(debits_posted) <> SUM(credits_posted)";
    /// Accounts whose pending sums are not the holds of the transactions on them.
    HOLDS_BY_ACCOUNT = concat!("SELECT id, CAST(SUM(x1) AS BIGINT) AS s1, CAST(SUM(y1) AS BIGINT) AS n1, \
        CAST(SUM(x2) AS BIGINT) AS s2, CAST(SUM(y2) AS BIGINT) AS n2 FROM (\
        SELECT id, debits_pending AS x1, credits_pending AS x2, 0 AS y1, 0 AS y2 FROM accounts \
        UNION ALL SELECT debit_account, 0, 0, SUM(held_micros), 0 FROM transactions WHERE held_micros <> 0 \
        GROUP BY debit_account \
        UNION ALL SELECT ", credit_account!("t"), ", 0, 0, 0, SUM(held_micros) FROM transactions t \
        WHERE held_micros <> 0 GROUP BY t.rail, t.org_id) a \
        GROUP BY id HAVING SUM(x1) <> SUM(y1) OR SUM(x2) <> SUM(y2)");
    /// Transactions whose sums are not those of their transfers; what was held first is what was asked for.
    TRANSACTIONS = concat!(
        "SELECT id, CAST(SUM(x1) AS BIGINT) AS s1, CAST(SUM(y1) AS BIGINT) AS n1, CAST(SUM(x2) AS BIGINT) AS s2, \
        CAST(SUM(y2) AS BIGINT) AS n2, CAST(SUM(x3) AS BIGINT) AS s3, CAST(SUM(y3) AS BIGINT) AS n3, \
        CAST(SUM(x4) AS BIGINT) AS s4, CAST(SUM(y4) AS BIGINT) AS n4, CAST(SUM(x5) AS BIGINT) AS s5, \
        CAST(CASE WHEN SUM(y5) = 0 THEN SUM(x5) ELSE SUM(y5) END AS BIGINT) AS n5 FROM (\
        SELECT org_id, id, held_micros AS x1, posted_micros AS x2, refunded_micros AS x3, disputed_micros AS x4, \
        amount_micros AS x5, 0 AS y1, 0 AS y2, 0 AS y3, 0 AS y4, 0 AS y5 FROM transactions \
        UNION ALL SELECT org_id, transaction_id, 0, 0, 0, 0, 0, ", held!(), ", \
        CASE WHEN kind IN ('post', 'capture') THEN amount_micros ELSE 0 END, \
        CASE kind WHEN 'refund' THEN amount_micros ELSE 0 END, \
        CASE WHEN kind <> 'dispute' THEN 0 WHEN debit_account LIKE 'rail:%' THEN amount_micros ELSE -amount_micros END, \
        CASE kind WHEN 'hold' THEN amount_micros ELSE 0 END \
        FROM movements WHERE transaction_id IS NOT NULL) a GROUP BY org_id, id \
        HAVING SUM(x1) <> SUM(y1) OR SUM(x2) <> SUM(y2) OR SUM(x3) <> SUM(y3) OR SUM(x4) <> SUM(y4) \
        OR (SUM(y5) <> 0 AND SUM(x5) <> SUM(y5))"
    );
    /// Transactions that hold something although their status has no hold, or the other way round. Of an open card purchase
    /// parts may be captured or given up already.
    HOLDS_BY_STATUS = "SELECT id, held_micros AS s1, \
        CASE WHEN status IN ('pending', 'approved', 'executing', 'unknown') THEN amount_micros ELSE 0 END AS n1 \
        FROM transactions WHERE held_micros <> \
        CASE WHEN status IN ('pending', 'approved', 'executing', 'unknown') THEN amount_micros ELSE 0 END \
        AND NOT (rail = 'card' AND status = 'executing' AND held_micros BETWEEN 0 AND amount_micros)";
    /// Transactions whose status is not that of their last audit entry with a status. No text that anyone chooses can
    /// look like that field, because a quotation mark inside of a JSON text has a backslash before it.
    STATUSES = "SELECT t.id, 'status' AS field, t.status AS stored, COALESCE(e.detail, '') AS recomputed \
        FROM transactions t LEFT JOIN (SELECT org_id, transaction_id, MAX(seq) AS seq FROM events \
        WHERE transaction_id IS NOT NULL AND detail LIKE '%\"status\":\"%' GROUP BY org_id, transaction_id) l \
        ON l.org_id = t.org_id AND l.transaction_id = t.id \
        LEFT JOIN events e ON e.org_id = l.org_id AND e.seq = l.seq \
        WHERE e.detail IS NULL OR e.detail NOT LIKE '%\"status\":\"' || t.status || '\"%'";
    /// Agents that have another number of transactions than decisions.
    DECISIONS = "SELECT id, CAST(SUM(x1) AS BIGINT) AS s1, CAST(SUM(y1) AS BIGINT) AS n1, \
        CAST(SUM(x1) AS BIGINT) AS s2, CAST(SUM(y2) AS BIGINT) AS n2 FROM (\
        SELECT agent_id AS id, decisions AS x1, 0 AS y1, 0 AS y2 FROM budgets \
        UNION ALL SELECT agent_id, 0, COUNT(*), MAX(number) FROM transactions GROUP BY agent_id) a \
        GROUP BY id HAVING SUM(x1) <> SUM(y1) OR SUM(x1) <> SUM(y2)";
    /// Windows that hold or count something else than what was put in them: holds, releases and posts in the windows
    /// that their transaction remembers, captures in those of the moment they arrived.
    WINDOWS = concat!(
        "WITH ", windows!(), ", remembered AS MATERIALIZED (\
        SELECT t.agent_id, t.day_start_us, t.week_start_us, t.month_start_us, SUM(", held!(), ") AS held, \
        SUM(CASE kind WHEN 'post' THEN m.amount_micros ELSE 0 END) AS spent FROM (\
        SELECT transaction_id, kind, amount_micros FROM movements WHERE kind IN ('hold', 'release', 'post')) m \
        JOIN (SELECT id, agent_id, day_start_us, week_start_us, month_start_us FROM transactions) t \
        ON t.id = m.transaction_id GROUP BY t.agent_id, t.day_start_us, t.week_start_us, t.month_start_us) \
        SELECT agent_id || ' ' || kind || ' ' || CAST(start_us AS TEXT) AS id, CAST(SUM(x1) AS BIGINT) AS s1, \
        CAST(SUM(y1) AS BIGINT) AS n1, CAST(SUM(x2) AS BIGINT) AS s2, CAST(SUM(y2) AS BIGINT) AS n2 FROM (\
        SELECT agent_id, kind, start_us, held AS x1, spent AS x2, 0 AS y1, 0 AS y2 FROM windows \
        UNION ALL SELECT agent_id, 'day', day_start_us, 0, 0, held, spent FROM remembered \
        UNION ALL SELECT agent_id, 'week', week_start_us, 0, 0, held, spent FROM remembered \
        UNION ALL SELECT agent_id, 'month', month_start_us, 0, 0, held, spent FROM remembered \
        UNION ALL SELECT c.agent_id, w.kind, w.start_us, 0, 0, 0, c.amount_micros FROM captured c \
        JOIN windows w ON w.agent_id = c.agent_id AND c.at_us >= w.start_us AND c.at_us < w.end_us \
        UNION ALL SELECT agent_id, 'lifetime', 0, lifetime_held, lifetime_spent, 0, 0 FROM budgets \
        UNION ALL SELECT agent_id, 'lifetime', 0, 0, 0, held, spent FROM remembered \
        UNION ALL SELECT agent_id, 'lifetime', 0, 0, 0, 0, amount_micros FROM captured) a \
        GROUP BY agent_id, kind, start_us HAVING SUM(x1) <> SUM(y1) OR SUM(x2) <> SUM(y2)"
    );
    /// Captures that did not arrive in exactly one day, one week and one month.
    CAPTURES = concat!(
        "WITH ", windows!(), " SELECT c.org_id || ' ' || CAST(c.seq AS TEXT) AS id, COUNT(w.kind) AS s1, \
        CAST(3 AS BIGINT) AS n1 FROM captured c \
        LEFT JOIN windows w ON w.agent_id = c.agent_id AND c.at_us >= w.start_us AND c.at_us < w.end_us \
        GROUP BY c.org_id, c.seq, c.part HAVING COUNT(w.kind) <> 3"
    );
    /// Transfers that do not fit the audit entry or the transaction they belong to.
    TRANSFERS = concat!("SELECT m.org_id || ' ' || CAST(m.seq AS TEXT) || ' ' || CAST(m.part AS TEXT) AS id, \
        CASE WHEN e.seq IS NULL THEN 'audit entry' \
        WHEN m.transaction_id IS NOT NULL AND t.id IS NULL THEN 'transaction' \
        WHEN e.action IS NOT NULL AND t.id IS NOT NULL AND t.org_id = m.org_id \
        AND m.transaction_id = e.transaction_id AND m.at_us = e.at_us AND m.currency = e.currency THEN 'kind or accounts' \
        ELSE 'audit entry' END AS field, \
        m.kind || ' from ' || m.debit_account || ' to ' || m.credit_account AS stored, \
        COALESCE(e.action, 'nothing') || COALESCE(' from ' || t.debit_account || ' to ' || ", credit_account!("t"), ", '') \
        AS recomputed FROM movements m LEFT JOIN events e ON e.org_id = m.org_id AND e.seq = m.seq \
        LEFT JOIN transactions t ON t.id = m.transaction_id \
        WHERE e.seq IS NULL OR m.transaction_id IS DISTINCT FROM e.transaction_id OR m.at_us <> e.at_us \
        OR m.currency IS DISTINCT FROM e.currency OR (m.transaction_id IS NULL AND m.kind NOT IN ('deposit', 'refund', 'dispute')) \
        OR NOT (CASE m.kind WHEN 'hold' THEN e.action IN ('payment.approved', 'approval.asked', 'payment.increased') \
        WHEN 'release' THEN e.action IN ('payment.completed', 'payment.posted', 'payment.reduced', 'payment.failed', 'payment.cancelled', \
        'payment.declined', 'approval.declined', 'approval.timed_out') \
        WHEN 'post' THEN e.action IN ('payment.completed', 'payment.posted') \
        WHEN 'capture' THEN e.action IN ('payment.completed', 'payment.posted', 'payment.captured') \
        WHEN 'refund' THEN (m.transaction_id IS NOT NULL AND e.action = 'payment.refunded') \
        OR (m.transaction_id IS NULL AND e.action IN ('wallet.refunded', 'wallet.refund_failed')) \
        WHEN 'dispute' THEN (m.transaction_id IS NOT NULL AND e.action IN ('payment.disputed', 'payment.dispute_won')) \
        OR (m.transaction_id IS NULL AND e.action IN ('wallet.disputed', 'wallet.dispute_won')) \
        ELSE e.action IN ('wallet.deposited', 'wallet.received') END) \
        OR (m.transaction_id IS NULL AND NOT (CASE e.action \
        WHEN 'wallet.deposited' THEN m.debit_account = 'deposits:' || m.org_id AND m.credit_account LIKE 'wallet:%' \
        WHEN 'wallet.received' THEN m.debit_account = 'checkout:' || m.org_id AND m.credit_account LIKE 'wallet:%' \
        WHEN 'wallet.refund_failed' THEN m.debit_account = 'checkout:' || m.org_id AND m.credit_account LIKE 'wallet:%' \
        WHEN 'wallet.dispute_won' THEN m.debit_account = 'checkout:' || m.org_id AND m.credit_account LIKE 'wallet:%' \
        ELSE m.credit_account = 'checkout:' || m.org_id AND m.debit_account LIKE 'wallet:%' END)) \
        OR (m.transaction_id IS NOT NULL AND (t.id IS NULL OR t.org_id <> m.org_id OR t.currency <> m.currency \
        OR NOT (CASE WHEN m.kind = 'refund' OR e.action = 'payment.disputed' \
        THEN m.debit_account = ", credit_account!("t"), " AND m.credit_account = t.debit_account \
        ELSE m.debit_account = t.debit_account AND m.credit_account = ", credit_account!("t"), " END)))");
    /// Audit entries whose amount is not what their transfers move; releases move nothing.
    ENTRIES = "SELECT org_id || ' ' || CAST(seq AS TEXT) AS id, CAST(SUM(y1) AS BIGINT) AS s1, \
        CAST(SUM(x1) AS BIGINT) AS n1 FROM (\
        SELECT org_id, seq, COALESCE(amount_micros, 0) AS x1, 0 AS y1 FROM events WHERE action IN \
        ('payment.approved', 'approval.asked', 'payment.increased', 'payment.completed', 'payment.posted', \
        'payment.captured', 'payment.refunded', \
        'payment.disputed', 'payment.dispute_won', 'wallet.deposited', 'wallet.received', 'wallet.refunded', \
        'wallet.refund_failed', 'wallet.disputed', 'wallet.dispute_won') \
        UNION ALL SELECT org_id, seq, 0, amount_micros FROM movements WHERE kind <> 'release') a \
        GROUP BY org_id, seq HAVING SUM(x1) <> SUM(y1)";
    /// Transactions whose completed refunds are not what their transfers gave back. What was refunded at the rail
    /// itself has a transfer and no refund.
    REFUNDS = "SELECT id, CAST(SUM(x1) AS BIGINT) AS s1, CAST(SUM(y1) AS BIGINT) AS n1 FROM (\
        SELECT transaction_id AS id, amount_micros AS x1, 0 AS y1 FROM refunds WHERE status = 'completed' \
        UNION ALL SELECT m.transaction_id, 0, m.amount_micros FROM movements m \
        JOIN events e ON e.org_id = m.org_id AND e.seq = m.seq \
        WHERE m.kind = 'refund' AND m.transaction_id IS NOT NULL AND e.detail NOT LIKE '%\"note\":\"made at the rail\"%') a \
        GROUP BY id HAVING SUM(x1) <> SUM(y1)";
    /// Receipts that are not what the transfer of their audit entry brought, and transfers from outside without one.
    RECEIPTS = "SELECT id, CAST(SUM(x1) AS BIGINT) AS s1, CAST(SUM(y1) AS BIGINT) AS n1 FROM (\
        SELECT org_id || ' ' || CAST(seq AS TEXT) || ' ' || wallet || ' ' || currency AS id, amount_micros AS x1, 0 AS y1 \
        FROM receipts UNION ALL \
        SELECT org_id || ' ' || CAST(seq AS TEXT) || ' ' || credit_account || ' ' || currency, 0, amount_micros \
        FROM transfers WHERE kind = 'deposit' AND debit_account LIKE 'checkout:%') a GROUP BY id HAVING SUM(x1) <> SUM(y1)";
    /// Wallets of which more or less went back than their receipts say.
    GONE_BACK = "SELECT id, CAST(SUM(x1) AS BIGINT) AS s1, CAST(SUM(y1) AS BIGINT) AS n1, \
        CAST(SUM(x2) AS BIGINT) AS s2, CAST(SUM(y2) AS BIGINT) AS n2 FROM (\
        SELECT wallet AS id, refunded_micros - returned_micros AS x1, disputed_micros AS x2, 0 AS y1, 0 AS y2 FROM receipts \
        UNION ALL SELECT debit_account, 0, 0, CASE kind WHEN 'refund' THEN amount_micros ELSE 0 END, \
        CASE kind WHEN 'dispute' THEN amount_micros ELSE 0 END FROM transfers \
        WHERE kind IN ('refund', 'dispute') AND credit_account LIKE 'checkout:%' \
        UNION ALL SELECT credit_account, 0, 0, CASE kind WHEN 'refund' THEN -amount_micros ELSE 0 END, \
        CASE kind WHEN 'dispute' THEN -amount_micros ELSE 0 END FROM transfers \
        WHERE kind IN ('refund', 'dispute') AND debit_account LIKE 'checkout:%') a \
        GROUP BY id HAVING SUM(x1) <> SUM(y1) OR SUM(x2) <> SUM(y2)";
    /// Card purchases of which something else was captured or came back than the card network was heard to say.
    AUTHORIZATIONS = "SELECT id, CAST(SUM(x1) AS BIGINT) AS s1, CAST(SUM(y1) AS BIGINT) AS n1, \
        CAST(SUM(x2) AS BIGINT) AS s2, CAST(SUM(y2) AS BIGINT) AS n2 FROM (\
        SELECT transaction_id AS id, captured_micros AS x1, refunded_micros AS x2, 0 AS y1, 0 AS y2 FROM authorizations \
        UNION ALL SELECT id, 0, 0, posted_micros, refunded_micros FROM transactions WHERE rail = 'card') a \
        GROUP BY id HAVING SUM(x1) <> SUM(y1) OR SUM(x2) <> SUM(y2)";
    /// Heads that are not at the end of their chain, and orgs without a head.
    HEADS = "SELECT h.org_id AS id, 'head' AS field, \
        CAST(h.seq AS TEXT) || ' ' || h.hash || ' ' || CAST(h.last_us AS TEXT) AS stored, \
        COALESCE(CAST(e.seq AS TEXT) || ' ' || e.hash || ' ' || CAST(e.at_us AS TEXT), 'no entry') AS recomputed \
        FROM heads h LEFT JOIN events e ON e.org_id = h.org_id \
        AND e.seq = (SELECT MAX(l.seq) FROM events l WHERE l.org_id = h.org_id) \
        WHERE h.seq <> COALESCE(e.seq, 0) OR (e.seq IS NOT NULL AND (h.hash <> e.hash OR h.last_us <> e.at_us)) \
        UNION ALL SELECT o.id, 'head', 'missing', 'one for every org' FROM orgs o \
        LEFT JOIN heads h ON h.org_id = o.id WHERE h.org_id IS NULL";
    /// What nobody knows the outcome of, oldest first.
    UNKNOWN = "SELECT id, org_id, agent_id, held_micros, currency, rail, COALESCE(attempt_us, updated_us) AS since_us, \
        COUNT(*) OVER () AS found FROM transactions \
        WHERE status IN ('pending', 'approved', 'executing', 'unknown') AND status = 'unknown' \
        ORDER BY COALESCE(attempt_us, updated_us), id LIMIT $1";
}
