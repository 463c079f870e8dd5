//! People and newcomers through HTTP, on both engines. The tests stand beside the code they are about.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

#[path = "../src/bots/tests.rs"]
mod bots;
#[path = "../src/dashboard/tests.rs"]
mod dashboard;
#[path = "../src/first_run/tests.rs"]
mod first_run;
#[path = "../src/members/tests.rs"]
mod members;
#[path = "../src/reference/tests.rs"]
mod reference;
#[path = "../src/sign_ins/tests.rs"]
mod sign_ins;
#[path = "../src/skill/tests.rs"]
mod skill;
#[path = "../src/stand_ins/tests.rs"]
mod stand_ins;
