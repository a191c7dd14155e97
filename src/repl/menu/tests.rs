use super::*;

const PLAIN: MenuStyle = MenuStyle {
    is_styled: false,
    is_ascii: false,
    lang: Lang::En,
};

fn row(cells: &[&str]) -> MenuRow {
    MenuRow {
        name: cells[0].to_owned(),
        cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        is_current: false,
    }
}

fn models(style: MenuStyle) -> Menu {
    let mut rows = vec![
        row(&["qwen-max", "32K", "text", "", "input ¥2.4/M tokens"]),
        row(&["qwen-plus", "128K", "text", "thinks", "input ¥0.8/M tokens"]),
        row(&["qwen3-vl-plus", "256K", "text image video", "thinks"]),
        row(&["qwen-omni-turbo-latest", "32K", "text image audio video"]),
    ];
    rows[1].is_current = true;
    let mut menu = Menu::new(rows, style);
    assert_eq!(
        menu.chosen().unwrap().name,
        "qwen-plus",
        "what is in use is highlighted"
    );
    menu.press(MenuKey::Up, 10);
    menu
}

fn conversations() -> Menu {
    let rows = [
        (
            "一只橘猫在窗台上晒太阳，窗外下着今年冬天的第一场雪，它为什么不肯进来",
            "qwen-max",
            "just now",
            "3f1",
        ),
        (
            "why is the sky blue and the sunset red, and what of the other planets",
            "qwen-plus",
            "3 h ago",
            "a07",
        ),
        ("a\u{1b}[2Jb\nc", "qwen-omni-turbo-latest", "yesterday", "b2"),
        ("写一首关于 Rust 的诗", "qwen-max", "2026-11-02", "c44"),
    ];
    let rows = rows.map(|(title, model, age, id)| row(&[title, model, age, id]));
    Menu::new(rows.into(), PLAIN).dropping_first(&[3, 1])
}

fn numbers(count: usize) -> Menu {
    let rows = (1..=count).map(|number| row(&[&format!("row {number}")])).collect();
    Menu::new(rows, PLAIN)
}

fn picture(menu: &Menu, columns: usize, max_rows: usize) -> String {
    let lines = menu.draw(columns, max_rows);
    assert!(lines.len() <= max_rows, "{lines:#?}");
    for line in &lines {
        assert!(width::of(line) <= columns || line.contains('\x1b'), "{line}");
    }
    lines.join("\n").replace('\x1b', "␛")
}

fn names(menu: &Menu) -> Vec<&str> {
    menu.found().map(|row| row.name.as_str()).collect()
}

#[test]
fn models_are_in_columns_as_many_as_fit() {
    let menu = models(PLAIN);
    insta::assert_snapshot!(picture(&menu, 80, 10), @"
    ❯  qwen-max                32K   text                           input ¥2.4/M…
     • qwen-plus               128K  text                   thinks  input ¥0.8/M…
       qwen3-vl-plus           256K  text image video       thinks
       qwen-omni-turbo-latest  32K   text image audio…
    ");
    insta::assert_snapshot!(picture(&menu, 40, 10), @"
    ❯  qwen-max                32K
     • qwen-plus               128K
       qwen3-vl-plus           256K
       qwen-omni-turbo-latest  32K
    ");
    insta::assert_snapshot!(picture(&menu, 20, 10), @"
    ❯  qwen-max
     • qwen-plus
       qwen3-vl-plus
       qwen-omni-turbo-…
    ");
}

#[test]
fn conversations_are_in_columns_as_many_as_fit() {
    let menu = conversations();
    insta::assert_snapshot!(picture(&menu, 80, 10), @"
    ❯ 一只橘猫在窗台上晒太阳，窗外下着今年冬…  qwen-max              just now    3f1
      why is the sky blue and the sunset red…  qwen-plus             3 h ago     a07
      a␛[2Jb c                                 qwen-omni-turbo-lat…  yesterday   b2
      写一首关于 Rust 的诗                     qwen-max              2026-11-02  c44
    ");
    insta::assert_snapshot!(picture(&menu, 40, 10), @"
    ❯ 一只橘猫在窗台上晒太阳…     just now
      why is the sky blue and…    3 h ago
      a␛[2Jb c                    yesterday
      写一首关于 Rust 的诗        2026-11-02
    ");
    insta::assert_snapshot!(picture(&menu, 20, 10), @"
    ❯ 一只橘猫在窗台上…
      why is the sky…
      a␛[2Jb c
      写一首关于 Rust…
    ");
}

#[test]
fn the_highlighted_row_is_reversed_and_a_hit_bold() {
    let mut menu = models(MenuStyle {
        is_styled: true,
        ..PLAIN
    });
    menu.filter("PLUS think");
    insta::assert_snapshot!(picture(&menu, 60, 10), @"
    ␛[7m❯• qwen-␛[1mplus␛[22m               128K  text                 ␛[1mthink␛[22ms␛[m
       qwen3-vl-␛[1mplus␛[22m           ␛[2m256K␛[22m  ␛[2mtext image video␛[22m     ␛[1mthink␛[22m␛[2ms␛[22m
    ␛[2m  2 of 4␛[22m
    ");
    let mut menu = models(MenuStyle {
        is_styled: true,
        is_ascii: true,
        lang: Lang::ZhCn,
    });
    menu.filter("latest");
    insta::assert_snapshot!(picture(&menu, 20, 10), @"
    ␛[7m>  ...i-turbo-␛[1mlatest␛[22m␛[m
    ␛[2m  共 4 项，剩 1 项␛[22m
    ");
}

#[test]
fn the_best_comes_first_and_the_order_stays_among_equals() {
    let rows = ["a-max-b", "qwen-max", "climax", "max", "max-2", "qwen", "maxi"];
    let mut menu = Menu::new(rows.map(|name| row(&[name])).into(), PLAIN);
    menu.filter("Max");
    assert_eq!(names(&menu), ["max", "max-2", "maxi", "a-max-b", "qwen-max", "climax"]);
    menu.filter("max qwen");
    assert_eq!(names(&menu), ["qwen-max"]);
    menu.filter("");
    assert_eq!(names(&menu), rows);
}

#[test]
fn only_what_is_seen_is_searched() {
    let hidden = MenuRow {
        name: "0192-77".to_owned(),
        ..row(&["a title", "qwen-max"])
    };
    let mut menu = Menu::new(vec![hidden], PLAIN);
    menu.filter("77");
    assert_eq!(menu.chosen(), None);
    assert_eq!(picture(&menu, 40, 5), "  no match");
    menu.filter("max");
    assert_eq!(menu.chosen().unwrap().name, "0192-77");
}

#[test]
fn letters_of_other_lengths_in_small_are_found() {
    let mut menu = Menu::new(vec![row(&["İSTANBUL Straße 猫"])], PLAIN);
    for query in ["İstanbul", "STRAß", "猫", "tanbul stra"] {
        menu.filter(query);
        assert_eq!(menu.found().count(), 1, "{query}");
    }
}

#[test]
fn a_long_menu_scrolls_and_says_how_long_it_is() {
    let mut menu = numbers(214);
    insta::assert_snapshot!(picture(&menu, 40, 4), @"
    ❯ row 1
      row 2
      row 3
      1-3 of 214
    ");
    for _ in 0..3 {
        menu.press(MenuKey::Down, 4);
    }
    insta::assert_snapshot!(picture(&menu, 40, 4), @"
      row 3
    ❯ row 4
      row 5
      3-5 of 214
    ");
    menu.press(MenuKey::End, 4);
    insta::assert_snapshot!(picture(&menu, 40, 4), @"
      row 212
      row 213
    ❯ row 214
      212-214 of 214
    ");
    menu.press(MenuKey::Down, 4);
    menu.press(MenuKey::PageUp, 4);
    assert_eq!(menu.chosen().unwrap().name, "row 211");
    menu.press(MenuKey::Home, 4);
    menu.press(MenuKey::Up, 4);
    menu.press(MenuKey::PageDown, 4);
    assert_eq!(menu.chosen().unwrap().name, "row 4");
    menu.filter("13");
    insta::assert_snapshot!(picture(&menu, 40, 9), @"
    ❯ row 13
      row 130
      row 131
      row 132
      row 133
      row 134
      row 135
      row 136
      1-8 of 13
    ");
    insta::assert_snapshot!(picture(&menu, 40, 2), @"
    ❯ row 13
      1-1 of 13
    ");
    insta::assert_snapshot!(picture(&menu, 40, 1), @"❯ row 13");
    assert_eq!(picture(&menu, 40, 0), "");
}

#[test]
fn where_keys_cannot_move_rows_have_numbers() {
    insta::assert_snapshot!(models(PLAIN).numbered(60).join("\n"), @"
    1  qwen-max                32K   text
    2* qwen-plus               128K  text                 thinks
    3  qwen3-vl-plus           256K  text image video     thinks
    4  qwen-omni-turbo-latest  32K   text image audio…
    ");
    insta::assert_snapshot!(numbers(10).numbered(20).join("\n"), @"
     1  row 1
     2  row 2
     3  row 3
     4  row 4
     5  row 5
     6  row 6
     7  row 7
     8  row 8
     9  row 9
    10  row 10
    ");
}

#[test]
fn no_row_is_wider_than_the_window() {
    for menu in [models(PLAIN), conversations(), numbers(12)] {
        for columns in 4..100 {
            for line in menu.draw(columns, 8).iter().chain(&menu.numbered(columns)) {
                assert!(width::of(line) <= columns, "{columns}: {line}");
            }
        }
    }
}

#[test]
fn without_unicode_all_of_a_menu_is_ascii() {
    let ascii = MenuStyle {
        is_ascii: true,
        ..PLAIN
    };
    let mut rows = vec![
        row(&[
            "set",
            "set temperature, top_p, …; without VALUE the server's default applies"
        ]);
        3
    ];
    rows[1].cells[0] = "a name of more columns than there are".to_owned();
    let mut menu = Menu::new(rows, ascii);
    for query in ["", "default", "there"] {
        menu.filter(query);
        for columns in [9, 12, 40, 80] {
            let lines = menu.draw(columns, 3);
            for line in lines.iter().chain(&menu.numbered(columns)) {
                assert!(line.is_ascii() && line.len() <= columns, "{columns}: {line}");
            }
        }
    }
}

#[test]
fn some_rows_are_preferred_where_they_are_found() {
    let mut menu = Menu::new(["provider", "compact", "export"].map(|name| row(&[name])).into(), PLAIN);
    menu.filter("p");
    menu.prefer(|row| row.name.starts_with('p'));
    assert_eq!(names(&menu), ["provider"]);
    menu.filter("po");
    menu.prefer(|row| row.name.starts_with("po"));
    assert_eq!(names(&menu), ["export"]);
}
