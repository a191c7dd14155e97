//! Formulas in TeX's notation, as Unicode text: `E=mc^2` is `E = mc²`.
//!
//! A formula is either drawn whole or not at all: one command without a character leaves it as it was written, so that
//! nothing of it is lost. Names and spacing follow The TeXbook, chapters 16 to 18, and the AMS-LaTeX user's guide.

mod alphabet;
mod atom;
mod grid;
mod parser;
mod symbols;

pub(crate) use alphabet::{subscript, superscript};

use crate::line_break::is_ideographic;
use parser::Parser;

/// The longest formula that is drawn, in bytes. What is longer stays as written.
const MAX_BYTES: usize = 8 * 1024;

/// A formula inside a line of text, without its marks; `None` where it has no form of one line.
pub(crate) fn inline(source: &str) -> Option<String> {
    match display(source)?.as_slice() {
        [line] => Some(line.clone()),
        _ => None,
    }
}

/// A formula on lines of its own, without its marks; `None` where it stays as written.
pub(crate) fn display(source: &str) -> Option<Vec<String>> {
    if source.len() > MAX_BYTES {
        return None;
    }
    let lines = Parser::new(source).formula()?.into_lines();
    let is_empty = lines.iter().all(|line| line.trim().is_empty());
    (!is_empty).then_some(lines)
}

/// Whether what stands between two dollars is a formula, rather than a price, a path or a shell's variables. `before` is
/// the character before the first dollar, `after` the text behind the second one, of which two bytes matter.
pub(crate) fn is_formula(body: &str, before: Option<char>, after: &str) -> bool {
    if ["\\", "_{", "^{"].iter().any(|sign| body.contains(sign)) {
        return true;
    }
    // Without a command, words are prose or names: `$HOME/bin:$PATH`, `$5 and US$`, `$5+运费，共计8$`.
    let longest_word = body
        .split(|c: char| !c.is_alphabetic())
        .map(|word| word.chars().count())
        .max();
    if longest_word > Some(2) || body.contains(|c| c == '$' || is_ideographic(c)) {
        return false;
    }
    let is_word = |c: char| c.is_alphanumeric() && !is_ideographic(c);
    let has_script = body.contains(['^', '_']);
    // `5$+10$` has two prices; `$k$th` is an ordinal number.
    let stands_alone = !before.is_some_and(is_word) && (!after.starts_with(is_word) || after.starts_with("th"));
    let ends_open = body.ends_with(['/', ':', '-', ',', ';', '.', '=']);
    (has_script || (stands_alone && has_meaning(body))) && !ends_open
}

/// Whether a body without scripts is more than digits between two prices.
fn has_meaning(body: &str) -> bool {
    let is_term = |body: &str| body.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    let is_enclosed = body.starts_with(['(', '[']) && body.ends_with([')', ']']);
    body.starts_with(|c: char| c.is_alphabetic() || c == '|')
        || body.contains(['=', '+', '<', '>'])
        || is_enclosed
        || is_term(body.trim_start_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_of_one_line() {
        for (source, text) in [
            ("E=mc^2", "E = mc²"),
            (r"\frac{a}{b}", "a⁄b"),
            (r"\frac{a+b}{2}", "(a + b)⁄2"),
            (r"\frac12", "1⁄2"),
            (r"\dfrac{dy}{dx}", "dy⁄dx"),
            (r"\frac{\partial f}{\partial x_i}", "∂f⁄∂xᵢ"),
            (r"x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}", "x = (-b ± √(b² - 4ac))⁄2a"),
            (r"\sqrt{2}", "√2"),
            (r"\sqrt[3]{x+1}", "∛(x + 1)"),
            (r"\sqrt[n]{x}", "ⁿ√x"),
            (r"\alpha\beta\Gamma", "αβΓ"),
            (r"a_1, a_2, \ldots, a_n", "a₁, a₂, …, aₙ"),
            (r"x_i^2", "xᵢ²"),
            (r"x^{n+1}", "xⁿ⁺¹"),
            (r"e^{i\pi}+1=0", "e^(iπ) + 1 = 0"),
            (r"W_{out}", "Wₒᵤₜ"),
            (r"x_B", "x_B"),
            (r"\sum_{i=1}^{n} i = \frac{n(n+1)}{2}", "∑ᵢ₌₁ⁿ i = (n(n + 1))⁄2"),
            (r"\int_0^\infty e^{-x}\,dx", "∫₀^∞ e⁻ˣ dx"),
            (r"\lim_{x \to 0} \frac{\sin x}{x}", "lim_(x→0) (sin x)⁄x"),
            (r"f: A \to B", "f: A → B"),
            (r"f(x,y)", "f(x, y)"),
            (r"1,000", "1,000"),
            (r"-x - (-y)", "-x - (-y)"),
            (r"a \in \mathbb{R}^{n \times m}", "a ∈ ℝ^(n×m)"),
            (r"\mathcal{L}, \mathfrak{g}, \mathbf{x}", "ℒ, 𝔤, 𝐱"),
            (r"\hat{y}, \bar x, \vec{v}", "y\u{302}, x\u{304}, v\u{20d7}"),
            (r"\text{if } x > 0", "if x > 0"),
            (r"\operatorname{softmax}(z)_i", "softmax(z)ᵢ"),
            (r"\left(\frac{1}{2}\right)^n", "(1⁄2)ⁿ"),
            (r"\left\{ x \mid x \geq 0 \right\}", "{x ∣ x ≥ 0}"),
            (r"\|x\|_2", "‖x‖₂"),
            (r"90^\circ", "90°"),
            (r"f'(x) = f''", "f′(x) = f″"),
            (r"a \not= b \not\in C", "a ≠ b ∉ C"),
            (r"a \equiv b \pmod{n}", "a ≡ b (mod n)"),
            (r"A^T", "Aᵀ"),
            (r"50\%", "50%"),
            (r"O(n \log n)", "O(n log n)"),
            (r"\overset{def}{=}", "=ᵈᵉᶠ"),
            (r"\underset{x}{\arg\max}\; f(x)", "arg maxₓ f(x)"),
            (r"x \xrightarrow{f} y", "x ─f→ y"),
            (r"a\quad b", "a  b"),
            (r"\displaystyle \Big( x \Big)", "(x)"),
            (r"\textcolor{red}{x}", "x"),
            (r"\boxed{42}", "42"),
            (r"力 = 质量 \times 加速度", "力 = 质量 × 加速度"),
        ] {
            assert_eq!(inline(source).as_deref(), Some(text), "{source}");
        }
    }

    #[test]
    fn what_has_no_characters_stays_as_written() {
        for source in [
            r"\unknown{x}",
            r"\frac{a}",
            "a^",
            "x^a^b",
            "{a",
            "a}",
            r"\left( x",
            r"\begin{tikz}x\end{tikz}",
            r"\underbrace{x}_{y}",
            r"\widehat{abc}",
            "",
            "  ",
            r"\",
            r"\begin{aligned}a",
        ] {
            assert_eq!(inline(source), None, "{source}");
        }
        for nested in ["{", "x^{", "\\not", "\\frac", "\\left(", "\\sqrt[", r"\begin{matrix}"] {
            assert_eq!(inline(&nested.repeat(MAX_BYTES / nested.len())), None, "{nested}");
        }
        assert_eq!(inline(&"x^".repeat(MAX_BYTES)), None);
    }

    #[test]
    fn formulas_of_several_lines() {
        let drawn = |source: &str| display(source).unwrap().join("\n");
        assert_eq!(
            drawn(r"\begin{aligned} a &= b + c \\ &= d \end{aligned}"),
            "a = b + c\n  = d"
        );
        assert_eq!(drawn(r"a = 1 \\ b = 2"), "a = 1\nb = 2");
        assert_eq!(
            drawn(r"A = \begin{pmatrix} 1 & 2 \\ 3 & 40 \end{pmatrix} x"),
            "    ⎛1  2 ⎞\nA = ⎝3  40⎠x"
        );
        assert_eq!(
            drawn(r"f(x) = \begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}"),
            "       ⎧x  if x > 0\nf(x) = ⎩0  otherwise"
        );
        assert_eq!(drawn(r"\begin{bmatrix} 1 \\ 2 \\ 3 \end{bmatrix}"), "⎡1⎤\n⎢2⎥\n⎣3⎦");
        assert_eq!(drawn(r"\binom{n}{k}"), "⎛n⎞\n⎝k⎠");
        assert_eq!(drawn(r"\begin{equation}E = mc^2 \tag{1}\end{equation}"), "E = mc²  (1)");
        assert_eq!(drawn(r"\begin{vmatrix} a & b \end{vmatrix}"), "|a  b|");
    }

    #[test]
    fn prices_paths_and_variables_are_no_formulas() {
        for (body, after, is) in [
            ("x", "", true),
            ("x", "-axis", true),
            ("k", "th", true),
            ("n", "个", true),
            ("n+1", ".", true),
            ("x_1", "t", true),
            (r"\alpha", "x", true),
            ("a=b", "", true),
            ("x_{max}", "", true),
            ("p < 0.05", "", true),
            ("3", "", true),
            ("-0.5", "。", true),
            ("2n", "", true),
            ("[0, 1]", "", true),
            ("5, or 5", ".", false),
            ("5/6", "", false),
            ("5–", "1", false),
            ("PATH", "H", false),
            ("PATH:", "H", false),
            ("HOME/bin:", "P", false),
            ("FOO_BAR:", "B", false),
            ("a", "b", false),
            ("a/", "b", false),
            ("5 and US", "6", false),
            ("5美元和6", "", false),
            ("5+运费，共计8", "", false),
            ("5 = x, $y", "", false),
        ] {
            assert_eq!(is_formula(body, None, after), is, "{body}");
        }
        assert!(!is_formula("+10", Some('5'), " "));
        assert!(!is_formula("=7 HK", Some('S'), " "));
        assert!(is_formula("n", Some('第'), "个"));
    }

    #[test]
    fn the_tables_can_be_searched() {
        use symbols::*;
        let mut names = 0;
        for table in [ORDINARY, RELATIONS, OPERATORS, LARGE, FENCES] {
            assert!(table.is_sorted_by(|one, next| one.0 < next.0));
            names += table.len();
        }
        assert!(FUNCTIONS.is_sorted_by(|one, next| one < next));
        for table in [SUPERSCRIPTS, SUBSCRIPTS] {
            assert!(table.is_sorted_by(|one, next| one.0 < next.0));
        }
        assert!(names + FUNCTIONS.len() >= 400);
    }
}
