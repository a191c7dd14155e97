//! The kinds of atoms, the space between them, and the atoms that commands name.

use super::grid::Grid;
use super::symbols;

/// The kind of an atom, which decides the space around it (The TeXbook, chapter 18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Ordinary,
    /// A large operator or a function.
    Operator,
    Binary,
    Relation,
    Opening,
    Closing,
    Punctuation,
    Space,
}

/// Sets atoms one behind the other, with their spaces. `is_tight`: without any, as in a script.
pub(super) fn join(atoms: &[(Class, Grid)], is_tight: bool) -> Grid {
    let mut out = Grid::text("");
    let mut before: Option<Class> = None;
    for (at, (class, grid)) in atoms.iter().enumerate() {
        let is_last = at + 1 == atoms.len();
        let is_after_operand = matches!(before, Some(Class::Ordinary | Class::Closing));
        // A sign in front of an operand is part of it.
        let class = match class {
            Class::Binary if !is_after_operand || is_last => Class::Opening,
            class => *class,
        };
        if !is_tight && needs_space(before, class) {
            out.append(&Grid::text(" "));
        }
        let is_skipped = class == Class::Space && is_tight;
        if !is_skipped {
            out.append(grid);
        }
        before = Some(class);
    }
    out
}

fn needs_space(before: Option<Class>, class: Class) -> bool {
    use Class::{Binary, Closing, Opening, Operator, Ordinary, Punctuation, Relation, Space};
    match (before, class) {
        (None | Some(Space), _) | (_, Space | Punctuation) => false,
        (Some(Relation), Relation) => false,
        (Some(Relation | Binary | Punctuation), _) | (_, Relation | Binary) => true,
        (Some(Operator), Ordinary | Operator) | (Some(Ordinary | Closing), Operator) => true,
        (Some(Operator), Opening | Closing) | (Some(Ordinary | Opening | Closing), _) => false,
    }
}

/// A symbol's kind and text.
pub(super) fn symbol(name: &str) -> Option<(Class, String)> {
    let class = |name: &str| match name {
        "langle" | "lceil" | "lfloor" | "lvert" | "lVert" | "lgroup" | "llbracket" | "lparen" => Class::Opening,
        _ => Class::Closing,
    };
    let find = |table: &[(&str, char)]| {
        let at = table.binary_search_by_key(&name, |(name, _)| name).ok()?;
        Some(table[at].1.to_string())
    };
    match name {
        "{" => return Some((Class::Opening, "{".to_owned())),
        "}" => return Some((Class::Closing, "}".to_owned())),
        "|" => return Some((Class::Ordinary, "‖".to_owned())),
        "%" | "$" | "#" | "&" | "_" => return Some((Class::Ordinary, name.to_owned())),
        _ => {}
    }
    find(symbols::ORDINARY)
        .map(|text| (Class::Ordinary, text))
        .or_else(|| find(symbols::RELATIONS).map(|text| (Class::Relation, text)))
        .or_else(|| find(symbols::OPERATORS).map(|text| (Class::Binary, text)))
        .or_else(|| find(symbols::LARGE).map(|text| (Class::Operator, text)))
        .or_else(|| find(symbols::FENCES).map(|text| (class(name), text)))
        .or_else(|| {
            let is_function = symbols::FUNCTIONS.binary_search(&name).is_ok();
            is_function.then(|| (Class::Operator, name.to_owned()))
        })
}
