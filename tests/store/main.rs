//! The store of conversations, through its public face.
#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod branches;
mod damage;
mod exchange;
mod harness;
mod lists;
mod opening;
mod search;
