//! The store of conversations, through its public face.

use std::path::Path;

use qwen_cli::chat::{Message, Reply, Role};
use qwen_cli::store::{Answer, Asked, Exchange, Outcome, Place, State, Store};

const ASKED: Asked<'_> = Asked {
    provider: "demo",
    model: "demo-1",
    system: None,
};

fn open(dir: &Path) -> Store {
    let (store, notices) = Store::open(dir).unwrap();
    assert_eq!(notices, Vec::<String>::new());
    store
}

fn user(text: &str) -> Message {
    Message::text(Role::User, text)
}

fn reply(text: &str) -> Reply {
    Reply {
        text: text.to_owned(),
        ..Reply::default()
    }
}

fn say(store: &mut Store, place: Place<'_>, question: &str, answer: &str) -> Exchange {
    let mut exchange = store.begin(place, &ASKED, &user(question)).unwrap();
    store
        .finish(&mut exchange.answer, &reply(answer), &Outcome::default())
        .unwrap();
    exchange
}

fn new(store: &mut Store, question: &str, answer: &str) -> Exchange {
    say(store, Place::New { cwd: None }, question, answer)
}

fn after<'a>(exchange: &'a Exchange) -> Place<'a> {
    Place::After {
        conversation: &exchange.conversation,
        parent: Some(exchange.answer.id()),
    }
}

/// The texts of a conversation's branch.
fn texts(store: &Store, conversation: &str) -> Vec<String> {
    let found = store.conversation(conversation).unwrap();
    let branch = store.branch(&found).unwrap();
    assert_eq!(found.messages, branch.len() as u64);
    branch.iter().map(|stored| stored.message.plain_text()).collect()
}

#[test]
fn a_conversation_is_there_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let first = {
        let mut store = open(dir.path());
        let first = new(&mut store, "why is the sky blue?", "Rayleigh scattering.");
        say(&mut store, after(&first), "and red?", "More air.");
        first
    };
    let store = open(dir.path());
    assert_eq!(
        texts(&store, &first.conversation),
        ["why is the sky blue?", "Rayleigh scattering.", "and red?", "More air."]
    );
    let latest = store.latest().unwrap().unwrap();
    assert_eq!(
        (latest.id.as_str(), latest.title.as_str()),
        (first.conversation.as_str(), "why is the sky blue?")
    );
}
