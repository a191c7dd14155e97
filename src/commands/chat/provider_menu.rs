//! The menu of providers that `chat` offers when it finds no credential.

use std::sync::Arc;

use stream_markdown::fill::fill_under;

use crate::app::App;
use crate::cli::{Generate, Globals};
use crate::config::{Settings, credentials_file};
use crate::connection::{Connection, connect_to};
use crate::error::{Failure, Kind};
use crate::i18n::{UiText, join_lines};
use crate::messages::providers::{about, web_login_help};
use crate::repl::line_editor::LineEditor;
use crate::repl::menu::{Menu, MenuRow};
use crate::repl::picker::{PickList, Picked, menu_style, pick};
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
    let say = |told: &UiText| Ui::put(&format!("{}\n", fill_under(&told.localize(lang), columns, 3)));
    say(&tr!("There is no credential yet. How do you want to begin?"));
    let row = |provider: &Provider| MenuRow {
        name: provider.name.to_owned(),
        cells: vec![
            provider.name.to_owned(),
            about(provider.name).map_or("", |about| about.localize(lang)).to_owned(),
        ],
        is_current: false,
    };
    let menu = Menu::new(PROVIDERS.iter().map(row).collect(), menu_style(app));
    loop {
        let pick_list = PickList {
            what: tr_static!("provider"),
            menu: menu.clone(),
            is_open: false,
            typed: None,
        };
        let picked = pick(editor, app.ui, app.host.window(), pick_list).await?;
        let Picked::Row(chosen) = picked else {
            return Err(error);
        };
        let Some(chosen) = provider(&chosen) else {
            continue;
        };
        let is_site = chosen.protocol.has_account();
        if is_site {
            say(&join_lines(&web_login_help()));
        }
        // A web account has two credentials, any other provider one that may go by several names.
        let asked = chosen.key_vars.iter().filter(|_| chosen.needs_key);
        let mut is_any = !chosen.needs_key;
        for variable in asked.take(if is_site { 2 } else { 1 }) {
            let prompt = tr!("{} (it is not shown): ", variable).localize(lang);
            let secret: Secret = answer(app, tty, prompt, Tty::read_secret).await?;
            let typed = app.settings.sources.cleaned(variable, secret.expose());
            if let Some(told) = typed.cleanup_notice(variable) {
                say(&told);
            }
            let secret = typed.secret;
            if secret.is_empty() {
                continue;
            }
            is_any = true;
            let path = credentials_file::path(&app.settings.paths);
            credentials_file::keep(&path, variable, &secret)?;
            say(&tr!("kept in {}", path.display()));
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
