//! A choice from a list: a menu below the prompt, or where the screen is not drawn on, a list with numbers, of which one
//! is typed, or a name, or a part of one.

use super::completion::Vocabulary;
use super::editor::{LineEditor, LineRequest};
use super::input::{Input, strip_sign};
use super::menu::Menu;
use crate::app::App;
use crate::cancel::Cancel;
use crate::error::{Failure, Kind};
use crate::i18n::{StaticText, UiText};
use crate::term::ui::Ui;
use crate::tr;

/// What one line makes of a list.
#[derive(Debug, PartialEq, Eq)]
enum Narrowed {
    Chosen(String),
    /// The menu shows what the line leaves.
    Several,
    Nothing,
}

/// A list to choose from.
#[derive(Debug)]
pub struct PickList<'t> {
    /// The prompt's word.
    pub what: StaticText,
    pub menu: Menu,
    /// A name that is not in the list may be chosen, too.
    pub is_open: bool,
    /// What the user has typed already, which narrows the list.
    pub typed: Option<&'t str>,
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// The row of that name.
    Row(String),
    /// What was typed, which no row holds.
    Typed(String),
    Nothing,
}

/// Lets the user choose, unless a signal comes meanwhile: Ctrl-C leaves the list, others end the program.
pub async fn pick(
    app: &App<'_>,
    editor: &mut LineEditor,
    cancel: &mut Cancel,
    pick_list: PickList<'_>,
) -> Result<Picked, Failure> {
    tokio::select! {
        biased;
        kind = cancel.next() => Err(Failure::stopped(kind)),
        picked = choose(app, editor, pick_list) => picked,
    }
}

async fn choose(app: &App<'_>, editor: &mut LineEditor, pick_list: PickList<'_>) -> Result<Picked, Failure> {
    let (ui, (columns, rows)) = (app.ui, app.host.window());
    let PickList {
        what,
        mut menu,
        is_open,
        typed,
    } = pick_list;
    match typed.map(|typed| (typed, narrow(&mut menu, typed))) {
        Some((_, Narrowed::Chosen(name))) => return Ok(Picked::Row(name)),
        Some((typed, Narrowed::Nothing)) => return Ok(Picked::Typed(typed.to_owned())),
        Some((_, Narrowed::Several)) | None => {}
    }
    if editor.draws_menus() {
        return from_menu(editor, ui, what, menu, is_open, typed.unwrap_or_default()).await;
    }
    let most = usize::from(rows).saturating_sub(4).clamp(5, 50);
    list(ui, &menu, most, columns);
    loop {
        let Some(line) = ask(editor, ui, what, &menu).await? else {
            return Ok(Picked::Nothing);
        };
        match narrow(&mut menu, &line) {
            Narrowed::Chosen(name) => return Ok(Picked::Row(name)),
            Narrowed::Several => list(ui, &menu, most, columns),
            // A command that was typed here, or a message, is no name.
            Narrowed::Nothing if is_open && is_name(&line) => return Ok(Picked::Typed(line)),
            Narrowed::Nothing => ui.print(no_match(editor)),
        }
    }
}

/// What is said of a name that is not in the list, with the key that leaves it.
pub fn no_match(editor: &LineEditor) -> UiText {
    match editor.draws_menus() {
        true => tr!("no match; press Esc to cancel"),
        false => tr!("no match; press Enter to cancel"),
    }
}

/// The choice from a menu below the prompt, which what is typed narrows.
async fn from_menu(
    editor: &mut LineEditor,
    ui: Ui,
    what: StaticText,
    menu: Menu,
    is_open: bool,
    typed: &str,
) -> Result<Picked, Failure> {
    let mut request = LineRequest {
        initial: (typed.to_owned(), String::new()),
        menu: Some(menu),
        ..choice(ui, what, Vec::new())
    };
    loop {
        match editor.read(request.clone()).await {
            Input::Chosen(name) => return Ok(Picked::Row(name)),
            Input::Line(line) if is_open && is_name(line.trim()) => return Ok(Picked::Typed(line.trim().to_owned())),
            // No row holds it.
            Input::Line(line) => request.initial.0 = line,
            Input::Interrupted(_) => return Err(Failure::stopped(Kind::Interrupted)),
            Input::Failed(why) => return Err(Failure::other(tr!("cannot read the keyboard: {}", why))),
            _ => return Ok(Picked::Nothing),
        }
    }
}

/// The request for a line of a choice; Tab completes these names.
fn choice(ui: Ui, what: StaticText, names: Vec<String>) -> LineRequest {
    LineRequest {
        prompt: tr!("{}: ", what).localize(ui.lang),
        vocabulary: Vocabulary {
            choices: Some(names),
            ..Vocabulary::default()
        },
        is_choice: true,
        ..LineRequest::default()
    }
}

/// One line of the choice; `None` where the user leaves it.
async fn ask(editor: &mut LineEditor, ui: Ui, what: StaticText, menu: &Menu) -> Result<Option<String>, Failure> {
    let names = menu.rows().iter().filter_map(|row| row.cells.first().cloned());
    match editor.read(choice(ui, what, names.collect())).await {
        Input::Line(typed) if !typed.trim().is_empty() => Ok(Some(typed.trim().to_owned())),
        Input::Interrupted(_) => Err(Failure::stopped(Kind::Interrupted)),
        Input::Failed(why) => Err(Failure::other(tr!("cannot read the keyboard: {}", why))),
        _ => Ok(None),
    }
}

/// Whether a name that is not in the list can be one: a single word, and no command. Paths (`/models/qwen3`) are names.
pub(super) fn is_name(typed: &str) -> bool {
    let is_command = strip_sign(typed, '/', '／').is_some_and(|rest| !rest.contains('/'));
    !is_command && !typed.contains(char::is_whitespace)
}

fn list(ui: Ui, menu: &Menu, most: usize, columns: u16) {
    let lines = menu.numbered(columns.into());
    for line in lines.iter().take(most) {
        Ui::put(&format!("{line}\n"));
    }
    let more = lines.len().saturating_sub(most);
    if more > 0 {
        ui.print(tr!("… and {} more; type part of a name to narrow the list", more));
    }
}

/// A number is one of those shown; a whole name wins over its being a part of others.
fn narrow(menu: &mut Menu, typed: &str) -> Narrowed {
    let number = typed.parse::<usize>().ok();
    if let Some(row) = number.and_then(|number| menu.found().nth(number.checked_sub(1)?)) {
        return Narrowed::Chosen(row.name.clone());
    }
    menu.filter(typed);
    let mut named = menu.rows().iter().filter(|row| row.is_called(typed));
    if let (Some(only), None) = (named.next(), named.next()) {
        return Narrowed::Chosen(only.name.clone());
    }
    match menu.chosen().map(|row| row.name.clone()) {
        Some(only) if menu.found().count() == 1 => Narrowed::Chosen(only),
        Some(_) => Narrowed::Several,
        None => {
            menu.filter("");
            Narrowed::Nothing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::menu::{MenuRow, MenuStyle};

    #[test]
    fn a_list_is_narrowed_by_what_is_typed() {
        let rows = ["qwen-max", "qwen-plus", "qwen-vl-plus"].map(|name| MenuRow {
            name: name.to_owned(),
            cells: vec![name.to_owned(), "32K".to_owned()],
            is_current: false,
        });
        let mut menu = Menu::new(rows.into(), MenuStyle::default());
        let mut typed = |typed: &str| narrow(&mut menu, typed);
        let chosen = |name: &str| Narrowed::Chosen(name.to_owned());
        assert_eq!(typed("2"), chosen("qwen-plus"));
        assert_eq!(typed("PLUS"), Narrowed::Several);
        assert_eq!(typed("2"), chosen("qwen-vl-plus"));
        assert_eq!(typed("qwen-MAX"), chosen("qwen-max"));
        assert_eq!(typed("vl 32"), chosen("qwen-vl-plus"));
        assert_eq!(typed("0"), Narrowed::Nothing);
        assert_eq!(typed("gpt"), Narrowed::Nothing);
        assert_eq!(typed("3"), chosen("qwen-vl-plus"));
    }

    #[test]
    fn a_name_outside_the_list_is_no_command_and_one_word() {
        assert!(is_name("qwen-novel") && is_name("/models/qwen3"));
        for typed in ["/exit", "/s", "／exit", "/", "hello there"] {
            assert!(!is_name(typed), "{typed}");
        }
    }
}
