//! `qwen chat`: a conversation at a prompt, or a message a line where there is no terminal.

mod piped_chat;
mod provider_menu;

use std::sync::Arc;

use crate::app::App;
use crate::attach;
use crate::cli::{Chat, Generate, Globals};
use crate::conversation::Prepared;
use crate::conversation::options::{RequestOptions, takes_stdin};
use crate::conversation::resume::{self, Resumed};
use crate::conversation::template;
use crate::error::{Failure, Kind};
use crate::host::Host;
use crate::repl::Repl;
use crate::repl::conversation_rows::conversation_menu;
use crate::repl::editor::{EditorConfig, LineEditor};
use crate::repl::menu::MenuStyle;
use crate::repl::picker::{PickList, Picked, pick};
use crate::report;
use crate::store::Store;
use crate::term::tty::Tty;
use crate::{tr, tr_static};
use qwen_api::Sense;

pub(super) async fn run(host: &Host, globals: &Globals, args: Chat) -> anyhow::Result<()> {
    let app = App::new(host, globals, Some(&args.generate), true)?;
    // A file may take the answers while the keyboard asks: that is interactive too.
    let is_interactive = host.ttys.stdout || (host.ttys.stdin && host.ttys.stderr);
    match Tty::open().filter(|_| is_interactive) {
        Some(tty) => at_prompt(app, globals, tty, &args.generate).await,
        None => piped_chat::run(app, args.generate).await,
    }
}

async fn at_prompt(mut app: App<'_>, globals: &Globals, tty: Arc<Tty>, options: &Generate) -> anyhow::Result<()> {
    if let Some(chosen) = &app.settings.template {
        template::begin(&app, chosen).await?;
    }
    let (request, piped) = read(&app, options).await?;
    let _restored = tty.hushed();
    suspend_on_request(&tty);
    let mut editor = LineEditor::open(EditorConfig::of(&app), tty.clone())?;
    let resumed = chosen(&app, options, &mut editor).await?;
    let connection = match resume::connect_for(&app, resumed.as_ref(), request.searches()).await {
        Err(error) if report::describe(&error).kind == Kind::Auth && !app.settings.is_led_by_dotenv() => {
            provider_menu::offer(&mut app, &mut editor, globals, options, &tty, request.searches(), error).await?
        }
        connection => connection?,
    };
    let mut prepared = Prepared::new(&app, connection, resumed, request, Sense::Reading).await?;
    // From here on hints name slash commands.
    app.in_chat = true;
    prepared.connection.context.in_chat = true;
    let mut repl = Repl::new(&app, tty.clone(), editor, prepared, options.raw);
    if !piped.trim().is_empty() {
        repl.attach_text("stdin", piped);
    }
    let given = repl.attach_given(&options.image, &options.file);
    app.or_cancelled(given).await?;
    repl.greet();
    let left = repl.run().await;
    repl.settle();
    if let Some(id) = repl.id() {
        app.ui.note_unfolded(tr!("to continue: qwen chat -r {}", id));
    }
    Ok(left?)
}

/// Reads what the command line and stdin give: how it is asked, and what goes along with the first message.
async fn read(app: &App<'_>, options: &Generate) -> anyhow::Result<(RequestOptions, String)> {
    let stdin_is_taken = takes_stdin(options, None)?;
    let notice = |message| app.notice(message);
    let reads = app.reads(None, &notice);
    let request = RequestOptions::read(app, reads, options).await?;
    let piped = if app.host.ttys.stdin || stdin_is_taken {
        String::new()
    } else {
        app.or_cancelled(attach::read_stdin_text(reads)).await?
    };
    Ok((request, piped))
}

/// The stored conversation to continue, if the options ask for one.
async fn chosen(app: &App<'_>, options: &Generate, editor: &mut LineEditor) -> anyhow::Result<Option<Resumed>> {
    if options.goes_on || options.resume != Some(None) {
        return Ok(resume::wanted(app, options)?);
    }
    let list = |store: Store| conversation_menu(&store, Vec::new(), None, MenuStyle::of(app)).map(|menu| (store, menu));
    let (store, menu) = Store::with(&app.settings.paths.data, |told| app.notice(told), list)?;
    if menu.rows().is_empty() {
        return Err(Failure::usage(tr!("there is no conversation to continue")).into());
    }
    let pick_list = PickList {
        what: tr_static!("continue"),
        menu,
        is_open: false,
        typed: None,
    };
    let Picked::Row(chosen) = pick(app, editor, &mut app.cancel.clone(), pick_list).await? else {
        return Err(Failure::new(Kind::Interrupted, tr!("no conversation was chosen")).into());
    };
    let conversation = store.conversation(&chosen)?;
    Ok(Some(Resumed::new(store, conversation)?))
}

/// Ctrl-Z while an answer comes: the terminal is put back before the program stops.
#[cfg(unix)]
fn suspend_on_request(tty: &Arc<Tty>) {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = rustix::process::Signal::TSTP.as_raw();
    // Where it cannot be watched the program stops as the system has it.
    let Ok(mut stops) = signal(SignalKind::from_raw(stop)) else {
        return;
    };
    let tty = Arc::clone(tty);
    tokio::spawn(async move {
        while stops.recv().await.is_some() {
            tty.suspend();
        }
    });
}

#[cfg(not(unix))]
fn suspend_on_request(_: &Arc<Tty>) {}
