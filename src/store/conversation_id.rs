//! Ids of conversations: ULIDs, 26 characters that sort by time.

use std::sync::{Mutex, PoisonError};

use uuid::{ContextV7, Timestamp, Uuid};

use super::now;

/// Crockford's base 32: no I, L, O or U, so an id can be read aloud.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The length of an id.
pub(super) const LENGTH: usize = 26;

/// Keeps the ids of one millisecond in order.
static CONTEXT: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// A new id. A version 7 UUID has the layout of a ULID: 48 bits of milliseconds, then what makes it unique. A clock
/// that is set before 1970 counts as 1970.
pub(super) fn new() -> String {
    let millis = now().max(1).unsigned_abs();
    let context = CONTEXT.lock().unwrap_or_else(PoisonError::into_inner);
    let time = Timestamp::from_unix(&*context, millis / 1000, (millis % 1000) as u32 * 1_000_000);
    encode(Uuid::new_v7(time).as_u128())
}

fn encode(value: u128) -> String {
    (0..LENGTH)
        .rev()
        .map(|place| {
            let digit = (value >> (5 * place)) & 31;
            char::from(ALPHABET[digit as usize])
        })
        .collect()
}

/// What the user typed as an id or the beginning of one: in capitals, with `O`, `I` and `L` read as digits. `None` when
/// it cannot be one.
pub(super) fn normalize(typed: &str) -> Option<String> {
    if typed.is_empty() || typed.len() > LENGTH {
        return None;
    }
    typed
        .chars()
        .map(|c| match c.to_ascii_uppercase() {
            'O' => Some('0'),
            'I' | 'L' => Some('1'),
            upper if upper.is_ascii() && ALPHABET.contains(&(upper as u8)) => Some(upper),
            _ => None,
        })
        .collect()
}

/// The characters of the shortest end of an id that stands for it. Fewer could be a number of a list. The index
/// `conversations_by_end` holds as many.
pub(super) const MIN_END: usize = 4;

/// The characters of the end by which an id is shown, seldom more.
pub(super) const USUAL_END: usize = 6;

/// The ends by which ids are shown: the shortest that no other id has.
#[derive(Clone, Debug, Default)]
pub struct IdEnds {
    /// The ids, and those that have one of their shortest ends, read from the end, in order.
    reversed: Vec<String>,
}

impl IdEnds {
    /// The ends that tell these ids apart.
    pub fn new(ids: impl IntoIterator<Item: AsRef<str>>) -> IdEnds {
        let mut reversed: Vec<String> = ids.into_iter().map(|id| reversed(id.as_ref())).collect();
        reversed.sort_unstable();
        reversed.dedup();
        IdEnds { reversed }
    }

    /// The end by which an id is shown.
    pub fn of<'i>(&self, id: &'i str) -> &'i str {
        let reversed = reversed(id);
        let at = self.reversed.partition_point(|other| *other < reversed);
        // The neighbours have more of its end than any other id.
        let next = at + usize::from(self.reversed.get(at) == Some(&reversed));
        let neighbours = [at.checked_sub(1), Some(next)].into_iter().flatten();
        let shared = neighbours
            .filter_map(|at| self.reversed.get(at))
            .map(|other| other.bytes().zip(reversed.bytes()).take_while(|(a, b)| a == b).count())
            .max()
            .unwrap_or(0);
        let length = (shared + 1).clamp(MIN_END, LENGTH);
        id.get(id.len().saturating_sub(length)..).unwrap_or(id)
    }
}

fn reversed(id: &str) -> String {
    id.chars().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_in_the_order_they_were_made() {
        let made: Vec<String> = (0..1000).map(|_| new()).collect();
        let mut sorted = made.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted, made);
        assert!(made.iter().all(|id| id.len() == LENGTH));
    }

    #[test]
    fn encodes_as_a_ulid_does() {
        assert_eq!(encode(0), "00000000000000000000000000");
        assert_eq!(encode(u128::MAX), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
        // The example of the ULID specification's reference implementation.
        assert_eq!(
            encode(0x0156_3DF3_6481_0000_0000_0000_0000_0000),
            "01ARYZ6S410000000000000000"
        );
    }

    #[test]
    fn an_id_is_shown_by_its_shortest_end_of_its_own() {
        let ids = ["01AAAAAA", "01BBAAAA", "01BBBXYZ", "01CCCXYZ", "01CCCCCC"];
        let ends = IdEnds::new(ids);
        assert_eq!(ids.map(|id| ends.of(id)), ["AAAAA", "BAAAA", "BXYZ", "CXYZ", "CCCC"]);
        assert_eq!(ends.of("01DDDXYZ"), "DXYZ");
        assert_eq!(IdEnds::new(["01CCCXYZ", "01CCCXYZ"]).of("01CCCXYZ"), "CXYZ");
        assert_eq!(IdEnds::default().of("01DDDXYZ"), "DXYZ");
    }

    #[test]
    fn takes_what_people_type() {
        assert_eq!(normalize("01jol").as_deref(), Some("01J01"));
        assert_eq!(normalize("my notes"), None);
        assert_eq!(normalize("笔记"), None);
        assert_eq!(normalize(""), None);
        assert_eq!(normalize(&"0".repeat(27)), None);
    }
}
