//! Processor time and memory of processes, read from `/proc`.

use std::fs;

/// Clock ticks a second in `/proc`; fixed by Linux's interface to programs.
const TICKS_PER_SECOND: u64 = 100;

/// Seconds of processor time, in ticks, that a process and, for PostgreSQL, its children have used.
pub fn ticks(pids: &[u32]) -> u64 {
    pids.iter()
        .filter_map(|pid| fs::read_to_string(format!("/proc/{pid}/stat")).ok())
        .map(|stat| used(&stat))
        .sum()
}

fn used(stat: &str) -> u64 {
    // The second field is the name in brackets and may hold spaces.
    let fields: Vec<&str> =
        stat.rsplit_once(')').map_or(Vec::new(), |(_, rest)| rest.split_whitespace().collect());
    let field = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    field(11) + field(12)
}

/// Microseconds of processor time per request.
pub fn micros_per_request(ticks: u64, requests: u64) -> u64 {
    (ticks * 1_000_000 / TICKS_PER_SECOND).checked_div(requests).unwrap_or(0)
}

/// A process and all below it.
pub fn tree(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut place = 0;
    while let Some(&pid) = found.get(place) {
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        found.extend(children.split_whitespace().filter_map(|text| text.parse::<u32>().ok()));
        place += 1;
    }
    found
}

/// Resident memory in kilobytes.
pub fn resident_kb(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
}
