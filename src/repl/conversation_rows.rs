//! Conversations as rows of a menu: title, model, age and the end of the id.

use jiff::tz::TimeZone;

use super::menu::{Menu, MenuRow, MenuStyle};
use crate::error::Failure;
use crate::store::{Conversation, IdEnds, Store, ago};

/// The menu of all conversations, the latest first, behind `before`. The one with the id `current` is marked.
pub fn conversation_menu(
    store: &Store,
    before: Vec<MenuRow>,
    current: Option<&str>,
    style: MenuStyle,
) -> Result<Menu, Failure> {
    let all = store.list(usize::MAX)?;
    let (now, zone) = (crate::host::now(), TimeZone::system());
    let ends = IdEnds::new(all.iter().map(|one| &one.id));
    let row = |conversation: Conversation| MenuRow {
        cells: vec![
            conversation.label().to_owned(),
            conversation.model.clone(),
            ago(conversation.updated, now, &zone).localize(style.lang),
            ends.of(&conversation.id).to_owned(),
        ],
        is_current: current == Some(conversation.id.as_str()),
        name: conversation.id,
    };
    let mut rows = before;
    rows.extend(all.into_iter().map(row));
    // Where it is narrow an age tells more than a model.
    Ok(Menu::new(rows, style).dropping_first(&[3, 1]))
}
