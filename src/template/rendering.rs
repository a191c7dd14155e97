//! Renders the parts of a template. Strict, without includes, and bounded: by the fuel of minijinja, which counts
//! instructions, and the bytes that a template makes.

use std::collections::BTreeSet;

use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::Passage;
use super::front_matter::LineFault;
use crate::i18n::{UiText, quoted};
use crate::tr;

/// What a render may spend beside what the size of its variables allows: some 6 MB, or 100,000 instructions.
const FUEL: u64 = 100_000;
/// How many times a template may go through its variables.
const PASSES: u64 = 16;
/// The bytes that a unit of fuel pays for.
const BYTES_PER_FUEL: u64 = 64;

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    // Without it an error does not name what is undefined.
    environment.set_debug(true);
    // It would print all that a template has.
    environment.remove_global("debug");
    environment
}

/// Checks the syntax, and returns the names that are neither set in the passage nor known to the language.
pub(super) fn names(passage: &Passage) -> Result<BTreeSet<String>, LineFault> {
    let environment = environment();
    let template = environment
        .template_from_str(&passage.text)
        .map_err(|error| fault(passage, &error))?;
    let known: BTreeSet<&str> = environment.globals().map(|(name, _)| name).collect();
    let names = template.undeclared_variables(false).into_iter();
    Ok(names.filter(|name| !known.contains(name.as_str())).collect())
}

/// Renders a passage. `size` is the size of all variables, in bytes.
pub(super) fn rendered(passage: &Passage, variables: Value, size: usize) -> Result<String, LineFault> {
    let mut environment = environment();
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    environment.set_fuel(Some(
        (size / BYTES_PER_FUEL).saturating_mul(PASSES).saturating_add(FUEL),
    ));
    let template = environment.template_from_str(&passage.text);
    let rendered = template.and_then(|template| template.render(variables));
    rendered.map_err(|error| fault(passage, &error))
}

fn fault(passage: &Passage, error: &Error) -> LineFault {
    let line = passage.line + error.line().unwrap_or(1) - 1;
    let detail = error.detail().unwrap_or_default();
    let why = match error.kind() {
        ErrorKind::UndefinedError => match detail.split('`').nth(1) {
            Some(name) if name.contains(['.', '[']) => tr!("{} is not set", name),
            Some(name) => tr!("the variable {} is not set (--var {}=VALUE)", quoted(name), name),
            None => tr!("a variable is not set"),
        },
        ErrorKind::OutOfFuel => tr!("rendering was stopped: the template takes too much time or memory"),
        ErrorKind::SyntaxError => tr!("syntax error: {}", detail),
        _ if !detail.is_empty() => UiText::foreign(detail),
        kind => UiText::foreign(kind.to_string()),
    };
    (line, why)
}
