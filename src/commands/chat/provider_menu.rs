//! The menu of providers that `chat` offers when it finds no credential.

use std::sync::Arc;

use stream_markdown::fill::fill_under;

use crate::app::App;
use crate::cli::{Generate, Globals};
use crate::config::{Settings, credentials_file};
use crate::connection::key_trial::{KeyTrial, keep_address, try_key};
use crate::connection::{Connection, connect_to};
use crate::error::{Failure, Kind};
use crate::i18n::{UiText, join_lines};
use crate::messages;
use crate::messages::providers::{about, key_pages, web_login_help};
use crate::repl::default_model::choose_default;
use crate::repl::editor::LineEditor;
use crate::repl::menu::{Menu, MenuRow, MenuStyle};
use crate::repl::picker::{PickList, Picked, no_match, pick};
use crate::report;
use crate::term::tty::Tty;
use crate::term::ui::Ui;
use crate::{tr, tr_static};
use qwen_api::Secret;
use qwen_api::provider::{PROVIDERS, Provider, provider};

/// Asks for a provider and its credential, and connects. `error` is returned when the user chooses none.
pub(super) async fn offer(
    app: &mut App<'_>,
    editor: &mut LineEditor,
    globals: &Globals,
    generate: &Generate,
    tty: &Arc<Tty>,
    searches: bool,
    error: anyhow::Error,
) -> anyhow::Result<Connection> {
    let lang = app.settings.lang();
    let columns = usize::from(app.host.window().0);
    let ui = app.ui;
    let say = move |told: &UiText| {
        let line = ui.with_marks(told.localize(lang));
        // What goes with a choice stands under its name.
        let column = if line.starts_with(' ') { 3 } else { 0 };
        Ui::put(&format!("{}\n", fill_under(&line, columns, column)));
    };
    say(&tr!("There is no credential yet. How do you want to begin?"));
    let row = |provider: &Provider| MenuRow {
        name: provider.name.to_owned(),
        cells: vec![
            provider.name.to_owned(),
            about(provider.name).map_or("", |about| about.localize(lang)).to_owned(),
        ],
        is_current: false,
    };
    let menu = Menu::new(PROVIDERS.iter().map(row).collect(), MenuStyle::of(app));
    say(&tr!(
        "{}\nA key can be pasted right here; it stays hidden.",
        key_pages("")
    ));
    loop {
        let pick_list = PickList {
            what: tr_static!("provider"),
            menu: menu.clone(),
            is_open: true,
            typed: None,
        };
        let (chosen, pasted) = match pick(app, editor, &mut app.cancel.clone(), pick_list).await? {
            Picked::Row(name) => (provider(&name), None),
            Picked::Typed(typed) if messages::holds_key(&typed) => (PROVIDERS.first(), Some(Secret::new(typed))),
            Picked::Typed(_) => (None, None),
            Picked::Nothing => return Err(error),
        };
        let Some(chosen) = chosen else {
            say(&no_match(editor));
            continue;
        };
        let has_account = chosen.protocol.has_account();
        if has_account {
            say(&join_lines(&web_login_help()));
        }
        let mut is_any = !chosen.needs_key;
        // A web account has two credentials, any other provider one that may go by several names.
        let asked = chosen.key_vars.iter().filter(|_| chosen.needs_key);
        for variable in asked.take(if has_account { 2 } else { 1 }) {
            let secret = match &pasted {
                Some(pasted) => pasted.clone(),
                None => {
                    let prompt = app.ui.question(tr!("{} (it is not shown): ", variable));
                    answer(app, tty, prompt, Tty::read_secret).await?
                }
            };
            let typed = app.settings.sources.cleaned(variable, secret.expose());
            if let Some(told) = typed.cleanup_notice(variable) {
                say(&told);
            }
            if typed.secret.is_empty() {
                continue;
            }
            let trial = match has_account {
                true => KeyTrial::default(),
                false => match tried(app, chosen.name, variable, &typed.secret).await? {
                    Some(trial) => trial,
                    None => continue,
                },
            };
            is_any = true;
            let path = credentials_file::path(&app.settings.paths);
            credentials_file::keep_in_region(&path, variable, &typed.secret, trial.region.as_deref())?;
            let whose = trial.region.map_or_else(String::new, |region| format!(" ({region})"));
            say(&tr!("{}{} is kept in {}", variable, whose, path.display()));
            if let Some(told) = keep_address(&app.settings, chosen.name)? {
                say(&told);
            }
            if let Some(models) = trial.models
                && let Some(told) = choose_default(app, editor, chosen.name, models).await?
            {
                say(&told);
            }
            app.settings = Settings::resolve(app.host, globals, Some(generate))?;
        }
        if !is_any {
            continue;
        }
        match connect_to(app, chosen.name, searches).await {
            Ok(connection) => {
                tty.hush();
                return Ok(connection);
            }
            Err(error) => app.ui.failure(&report::describe(&error)),
        }
    }
}

/// Tries a key. `None`: it was refused, which was said. One that cannot be tried now is kept all the same, with a notice.
async fn tried(app: &App<'_>, name: &str, variable: &str, secret: &Secret) -> Result<Option<KeyTrial>, Failure> {
    let settings = app.settings.with_credential(variable, secret);
    app.ui.print(tr!("trying the key…"));
    let trial = async { Ok(try_key(app, &settings, name).await) };
    let failure = match app.or_cancelled(trial).await? {
        Ok(trial) => return Ok(Some(trial)),
        Err(error) => report::describe(&error),
    };
    if failure.kind == Kind::Network {
        app.notice(tr!("the key could not be tried: {}", failure));
        return Ok(Some(KeyTrial::default()));
    }
    app.ui.failure(&failure);
    Ok(None)
}

/// Reads from the terminal on a thread of its own, so that Ctrl-C interrupts it.
async fn answer<T: Send + 'static>(
    app: &mut App<'_>,
    tty: &Arc<Tty>,
    prompt: String,
    read: fn(&Tty, &str) -> std::io::Result<T>,
) -> Result<T, Failure> {
    let tty = Arc::clone(tty);
    let reading = async {
        match tokio::task::spawn_blocking(move || read(&tty, &prompt)).await {
            Ok(Ok(read)) => Ok(read),
            _ => Err(Failure::new(Kind::Auth, tr!("no provider was chosen"))),
        }
    };
    app.or_cancelled(reading).await
}
