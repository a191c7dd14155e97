//! A choice from a list, narrowed by typing: a number, a name, or a part of one.

use stream_markdown::sanitize::safe_line;

use super::completion::Vocabulary;
use super::input::{Input, strip_sign};
use super::line_editor::{LineEditor, LineRequest};
use crate::error::Failure;
use crate::i18n::StaticText;
use crate::term::ui::Ui;
use crate::text::elide;
use crate::tr;

/// Something to choose.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What stands for it when it is typed.
    pub name: String,
    /// What is shown beside its number.
    pub label: String,
}

/// What one line narrows a list to.
#[derive(Debug, PartialEq, Eq)]
enum Narrowed {
    Chosen(usize),
    Several(Vec<usize>),
    Nothing,
}

/// A list to choose from.
#[derive(Debug)]
pub struct PickList<'c> {
    /// The prompt's word.
    pub what: StaticText,
    pub choices: &'c [Choice],
    /// A name that is not in the list may be chosen, too.
    pub is_open: bool,
    /// What the user has typed already, which narrows the list.
    pub typed: Option<&'c str>,
}

/// Lets the user choose. `None`: nothing was chosen.
pub async fn pick(
    editor: &mut LineEditor,
    ui: Ui,
    (columns, rows): (u16, u16),
    pick_list: PickList<'_>,
) -> Result<Option<String>, Failure> {
    let choices = pick_list.choices;
    let most = usize::from(rows).saturating_sub(4).clamp(5, 50);
    let mut shown: Vec<usize> = (0..choices.len()).collect();
    let mut typed = pick_list.typed.map(str::to_owned);
    if typed.is_none() {
        list(ui, choices, &shown, most, columns);
    }
    loop {
        let line = match typed.take() {
            Some(typed) => typed,
            None => match ask(editor, ui, &pick_list).await? {
                Some(typed) => typed,
                None => return Ok(None),
            },
        };
        match narrow(choices, &shown, &line) {
            Narrowed::Chosen(at) => return Ok(choices.get(at).map(|choice| choice.name.clone())),
            Narrowed::Several(fewer) => {
                shown = fewer;
                list(ui, choices, &shown, most, columns);
            }
            // A command that was typed here, or a message, is no name.
            Narrowed::Nothing if pick_list.is_open && is_name(&line) => return Ok(Some(line)),
            Narrowed::Nothing => {
                ui.print(tr!("no match; press Enter to cancel"));
                shown = (0..choices.len()).collect();
            }
        }
    }
}

/// One line of the choice; `None` where the user leaves it.
async fn ask(editor: &mut LineEditor, ui: Ui, pick_list: &PickList<'_>) -> Result<Option<String>, Failure> {
    editor.ask(LineRequest {
        prompt: tr!("{}: ", pick_list.what).localize(ui.lang),
        initial: Default::default(),
        vocabulary: Vocabulary {
            choices: Some(pick_list.choices.iter().map(|choice| choice.name.clone()).collect()),
            ..Vocabulary::default()
        },
        is_choice: true,
    });
    match editor.input().await {
        Input::Line(typed) if !typed.trim().is_empty() => Ok(Some(typed.trim().to_owned())),
        Input::Failed(why) => Err(Failure::other(tr!("cannot read the keyboard: {}", why))),
        _ => Ok(None),
    }
}

/// Whether a name that is not in the list can be one: a single word, and no command. Paths (`/models/qwen3`) are names.
pub(super) fn is_name(typed: &str) -> bool {
    let is_command = strip_sign(typed, '/', '／').is_some_and(|rest| !rest.contains('/'));
    !is_command && !typed.contains(char::is_whitespace)
}

fn list(ui: Ui, choices: &[Choice], shown: &[usize], most: usize, columns: u16) {
    let width = shown.len().min(most).to_string().len();
    for (number, choice) in shown.iter().filter_map(|at| choices.get(*at)).take(most).enumerate() {
        let room = usize::from(columns).saturating_sub(width + 2).max(10);
        let label = elide(&safe_line(&choice.label), room);
        ui.print(tr!("{}  {}", format!("{:>width$}", number + 1), label));
    }
    let more = shown.len().saturating_sub(most);
    if more > 0 {
        ui.print(tr!("… and {} more; type part of a name to narrow the list", more));
    }
}

/// A number is one of those shown; a whole name wins over its being a part of others.
fn narrow(choices: &[Choice], shown: &[usize], typed: &str) -> Narrowed {
    if let Some(at) = typed
        .parse::<usize>()
        .ok()
        .and_then(|number| shown.get(number.checked_sub(1)?))
    {
        return Narrowed::Chosen(*at);
    }
    if let Some(at) = choices
        .iter()
        .position(|choice| choice.name.eq_ignore_ascii_case(typed))
    {
        return Narrowed::Chosen(at);
    }
    let typed = typed.to_lowercase();
    let holds = |choice: &Choice| {
        typed
            .split_whitespace()
            .all(|part| choice.label.to_lowercase().contains(part) || choice.name.to_lowercase().contains(part))
    };
    let found: Vec<usize> = (0..choices.len()).filter(|at| holds(&choices[*at])).collect();
    match found.as_slice() {
        [] => Narrowed::Nothing,
        [only] => Narrowed::Chosen(*only),
        _ => Narrowed::Several(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_narrowed_by_what_is_typed() {
        let choices: Vec<Choice> = ["qwen-max", "qwen-plus", "qwen-vl-plus"]
            .map(|name| Choice {
                name: name.to_owned(),
                label: name.to_owned(),
            })
            .into();
        let all = [0, 1, 2];
        assert_eq!(narrow(&choices, &all, "2"), Narrowed::Chosen(1));
        assert_eq!(narrow(&choices, &all, "PLUS"), Narrowed::Several(vec![1, 2]));
        assert_eq!(narrow(&choices, &[1, 2], "2"), Narrowed::Chosen(2));
        assert_eq!(narrow(&choices, &all, "qwen-max"), Narrowed::Chosen(0));
        assert_eq!(narrow(&choices, &all, "vl"), Narrowed::Chosen(2));
        assert_eq!(narrow(&choices, &all, "0"), Narrowed::Nothing);
        assert_eq!(narrow(&choices, &all, "gpt"), Narrowed::Nothing);
    }

    #[test]
    fn a_name_outside_the_list_is_no_command_and_one_word() {
        assert!(is_name("qwen-novel") && is_name("/models/qwen3"));
        for typed in ["/exit", "/s", "／exit", "/", "hello there"] {
            assert!(!is_name(typed), "{typed}");
        }
    }
}
