//! `qwen chat`: a conversation at a prompt, or a line at a time where there is no terminal.

use std::io::Write;

use stream_markdown::ColorDepth;

use super::connect::{Connection, connect_to};
use super::models::offered;
use super::resumed::{self, Resumed};
use super::{Context, generate, lines, menu, show};
use crate::attach;
use crate::cli::{Chat, ContextUse, Generate, Globals};
use crate::config::setting_values::EditMode;
use crate::error::{Failure, Kind};
use crate::host::Host;
use crate::render::plain::PlainRenderer;
use crate::render::{Render, Tee};
use crate::repl::line::{Line, Manner};
use crate::repl::pick::{Choice, pick};
use crate::repl::{Leave, Parts, Repl};
use crate::store::Store;
use crate::term::out::Stream;
use crate::term::tty::Tty;
use crate::term::ui::Ui;
use crate::{tr, tr_static};

/// The most conversations a picker offers.
const MOST: usize = 200;

pub(super) async fn run(host: &Host, globals: &Globals, args: Chat) -> Result<(), Failure> {
    let mut context = Context::new(host, globals, Some(&args.generate), true)?;
    // Answers into a file, questions from the keyboard: that is a person too.
    let is_person = host.ttys.stdout || (host.ttys.stdin && host.ttys.stderr);
    let Some(tty) = Tty::open().filter(|_| is_person) else {
        return lines::run(context, args.generate).await;
    };
    let options = &args.generate;
    let stdin_is_taken = generate::takes_stdin(options, None)?;
    let notice = |message| context.notice(message);
    let reads = context.reads(None, &notice);
    let params = context.or_cancelled(generate::params(reads, options)).await?;
    let system = context.or_cancelled(generate::system(reads, options)).await?;
    let piped = if host.ttys.stdin || stdin_is_taken {
        String::new()
    } else {
        context.or_cancelled(attach::read_stdin_text(reads)).await?
    };
    let ui = Ui {
        is_colored: is_colored(&context, host.ttys.stderr),
        is_quiet: context.settings.quiet,
        lang: context.settings.lang(),
        is_terminal: host.ttys.stderr,
    };
    let _restored = tty.hushed();
    suspend_on_request(&tty);
    let mut line = Line::start(manner(&context, ui), tty.clone())?;
    let resumed = chosen(&context, options, &mut line, ui).await?;
    let conversation = resumed.as_ref().map(|resumed| &resumed.conversation);
    let reached = resumed::reach(&context, conversation, params.search == Some(true));
    let connection = match context.or_cancelled(reached).await {
        Err(failure) if failure.kind == Kind::Auth && !context.settings.is_led_by_dotenv() => {
            menu::offer(
                &mut context,
                globals,
                options,
                &tty,
                params.search == Some(true),
                failure,
            )
            .await?
        }
        connection => connection?,
    };
    let is_model_chosen = context.settings.model.is_some();
    let keeps = context.settings.save.value;
    let session = resumed::session(&context, &connection, resumed, false, keeps);
    let session = context.or_cancelled(session).await?;
    let mut repl = Repl::new(Parts {
        host,
        settings: &context.settings,
        network: context.network.clone(),
        log: context.log.clone(),
        cancel: context.cancel.clone(),
        ui,
        tty: tty.clone(),
        line,
        session,
        params,
        stream: !options.no_stream,
        answer_renderer: Box::new(|| answer_renderer(&context, options.raw)),
        is_model_chosen,
        resizes: !options.no_resize,
    });
    if system.is_some() {
        repl.session.system = system;
    }
    let known = ids(&context, &repl.session.provider);
    repl.offer_models(known);
    repl.session.window.is_whole = options.context == Some(ContextUse::All);
    if !piped.trim().is_empty() {
        repl.attach_text("stdin", piped);
    }
    let given = repl.attach_given(&options.image, &options.file);
    context.or_cancelled(given).await?;
    repl.greet();
    let left = talk(&context, &mut repl, connection).await;
    repl.settle();
    if let Some(id) = repl.session.id() {
        ui.note_unfolded(tr!("go on with: qwen chat -r {}", id));
    }
    left
}

/// The models of a provider that are known without asking.
fn ids(context: &Context<'_>, provider: &str) -> Vec<String> {
    let models = offered(&context.settings, provider).into_iter();
    models.map(|model| model.id).collect()
}

/// Talks, to one provider after another, until the user leaves.
async fn talk(context: &Context<'_>, repl: &mut Repl<'_>, mut connection: Connection) -> Result<(), Failure> {
    loop {
        let name = match repl.run(&connection.client).await? {
            Leave::Quit => return Ok(()),
            Leave::Provider(name) => name,
        };
        let reached = async {
            let reached = connect_to(context, &name, repl.params.search == Some(true)).await?;
            let model = reached.own_model(context, false).await?;
            Ok((reached, model))
        };
        match context.or_cancelled(reached).await {
            Ok((reached, model)) => {
                connection = reached;
                repl.offer_models(ids(context, &name));
                repl.session.switch(name, model);
                repl.is_model_chosen = false;
                let (provider, model) = (&repl.session.provider, &repl.session.model);
                repl.ui.note(tr!("from here on {} of {} answers", model, provider));
            }
            Err(failure) => repl.ui.failure(&failure),
        }
    }
}

/// The stored conversation to go on with, if one is wanted.
async fn chosen(
    context: &Context<'_>,
    options: &Generate,
    line: &mut Line,
    ui: Ui,
) -> Result<Option<Resumed>, Failure> {
    if options.goes_on || options.resume != Some(None) {
        return resumed::wanted(context, options);
    }
    let list = |store: Store| store.list(MOST).map(|all| (store, all));
    let (store, all) = Store::with(&context.settings.paths.data, |told| context.notice(told), list)?;
    if all.is_empty() {
        return Err(Failure::usage(tr!("there is no conversation to go on with")));
    }
    let now = crate::host::now();
    let zone = jiff::tz::TimeZone::system();
    let choices: Vec<Choice> = all
        .iter()
        .map(|one| Choice {
            name: one.name.clone().unwrap_or_else(|| one.id.clone()),
            label: tr!("{}  {}", crate::store::ago(one.updated, now, &zone), one.label()).localize(ui.lang),
        })
        .collect();
    let window = context.host.window();
    let meant = pick(line, ui, tr_static!("go on with"), &choices, window, false).await?;
    let meant = meant.ok_or_else(|| Failure::new(Kind::Interrupted, tr!("no conversation was chosen")))?;
    let conversation = store.conversation(&meant)?;
    Resumed::new(store, conversation).map(Some)
}

/// On a terminal an answer is Markdown, rendered; in a pipe it is the model's text byte for byte.
pub(super) fn answer_renderer(context: &Context<'_>, is_raw: bool) -> Box<dyn Render> {
    if context.host.ttys.stdout {
        show::terminal(context, is_raw)
    } else {
        Box::new(Tee(
            PlainRenderer::new(Stream::stdout(), None, false),
            show::stderr(context, false),
        ))
    }
}

/// Terminals without a line editor.
const PLAIN: &[&str] = &["dumb", "cons25", "emacs"];

fn manner(context: &Context<'_>, ui: Ui) -> Manner {
    let settings = &context.settings;
    // The history's folder is that of the store.
    let keeps_history = settings.save.value && crate::config::file::make_private_folder(&settings.paths.data).is_ok();
    Manner {
        is_vi: settings.edit_mode.value == EditMode::Vi,
        is_colored: is_colored(context, true),
        history: settings.paths.data.join("history"),
        keeps_history,
        store: settings.paths.data.clone(),
        is_plain: context.host.env.get("TERM").is_some_and(|term| PLAIN.contains(&term)),
        cwd: context.host.cwd.clone(),
        home: context.host.home(),
        ui,
    }
}

fn is_colored(context: &Context<'_>, is_terminal: bool) -> bool {
    show::depth(context, is_terminal) > ColorDepth::None
}

/// Ctrl-Z while an answer comes: the terminal is put back before the program stops.
#[cfg(unix)]
fn suspend_on_request(tty: &std::sync::Arc<Tty>) {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = rustix::process::Signal::TSTP.as_raw();
    // Where it cannot be watched the program stops as the system has it.
    let Ok(mut stops) = signal(SignalKind::from_raw(stop)) else {
        return;
    };
    let tty = std::sync::Arc::clone(tty);
    tokio::spawn(async move {
        while stops.recv().await.is_some() {
            tty.suspend();
        }
    });
}

#[cfg(not(unix))]
fn suspend_on_request(_: &std::sync::Arc<Tty>) {}

/// Text for the terminal itself.
pub(super) fn put(text: &str) {
    // Where stderr is closed nobody reads it.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
