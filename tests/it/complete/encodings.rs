//! Text in encodings other than UTF-8.

use encoding_rs::{BIG5, EUC_KR, Encoding, GBK, SHIFT_JIS};

use super::{complete, message, refused, run};

const CASES: [(&str, &Encoding, &str); 4] = [
    ("gb18030", GBK, "错误：找不到文件，请检查路径是否正确。"),
    ("Big5", BIG5, "錯誤：找不到檔案，請檢查路徑是否正確。"),
    (
        "Shift_JIS",
        SHIFT_JIS,
        "エラー：ファイルが見つかりません。パスを確認してください。",
    ),
    ("EUC-KR", EUC_KR, "오류: 파일을 찾을 수 없습니다. 경로를 확인하십시오."),
];

fn asked(request: &crate::server::Recorded) -> String {
    request.json()["messages"][0]["content"].as_str().unwrap().to_owned()
}

#[test]
fn legacy_stdin_is_converted_with_a_notice() {
    for (name, encoding, text) in CASES {
        let (bytes, _, _) = encoding.encode(text);
        let (outcome, request) = run(&complete(&[]).stdin(&bytes));
        outcome.expect(
            0,
            "ok\n",
            &format!("notice: stdin was read as {name}; --encoding decides otherwise\n"),
        );
        assert_eq!(asked(&request), text);
        let (outcome, request) = run(&complete(&["-q"]).stdin(&bytes));
        outcome.expect_answer("ok\n");
        assert_eq!(asked(&request), text);
    }
}

#[test]
fn legacy_files_are_converted_with_a_notice() {
    for (name, encoding, text) in CASES {
        let (bytes, _, _) = encoding.encode(text);
        let (outcome, request) = run(&complete(&["-f", "log.txt", "why?"]).file("log.txt", &bytes));
        outcome.expect(
            0,
            "ok\n",
            &format!("notice: log.txt was read as {name}; --encoding decides otherwise\n"),
        );
        assert_eq!(asked(&request), format!("log.txt:\n```txt\n{text}\n```\n\nwhy?"));
    }
}

#[test]
fn utf_16_is_known_by_its_mark() {
    let text = "日志 log\r\n";
    let little: Vec<u8> = format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let big: Vec<u8> = format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    for (name, bytes) in [("UTF-16LE", little), ("UTF-16BE", big)] {
        let (outcome, request) = run(&complete(&[]).stdin(&bytes));
        outcome.expect(
            0,
            "ok\n",
            &format!("notice: stdin was read as {name}; --encoding decides otherwise\n"),
        );
        assert_eq!(asked(&request), text);
        let (_, request) = run(&complete(&["-q", "-f", "log", "?"]).file("log", &bytes));
        assert_eq!(asked(&request), format!("log:\n```\n{text}```\n\n?"));
    }
}

#[test]
fn a_byte_order_mark_is_taken_off() {
    assert_eq!(message(&complete(&[]).stdin("\u{feff}你好")), "你好");
    assert_eq!(
        message(&complete(&["-f", "a", "?"]).file("a", "\u{feff}x\n")),
        "a:\n```\nx\n```\n\n?"
    );
}

#[test]
fn other_bytes_are_refused_with_the_offset() {
    let hint = "hint: --encoding NAME says which encoding it is; pictures, sound and video go to -i\n";
    let told = |what: &str, at: usize| {
        format!(
            "error: {what} is not text: the byte at offset {at} is not UTF-8, and no other encoding was detected\n{hint}"
        )
    };
    refused(
        &complete(&["hi"]).stdin(b"caf\xe9 au lait, cr\xe8me"),
        &told("stdin", 3),
    );
    refused(&complete(&[]).stdin(b"12345\x00\xff"), &told("stdin", 6));
    refused(
        &complete(&["-f", "a", "hi"]).file("a", b"caf\xe9 au lait, cr\xe8me"),
        &told("a", 3),
    );
}

#[test]
fn the_user_decides_over_the_guess() {
    let latin = b"caf\xe9 au lait, cr\xe8me";
    let qwen = complete(&["--encoding", "latin1"]).stdin(latin);
    assert_eq!(message(&qwen), "café au lait, crème");
    let (bytes, _, _) = GBK.encode("中文");
    let qwen = complete(&["--encoding", "GBK", "-f", "a", "?"]).file("a", &bytes);
    assert_eq!(message(&qwen), "a:\n```\n中文\n```\n\n?");
    refused(
        &complete(&["--encoding", "big5"]).stdin(b"ab\xff\xff"),
        "error: stdin is not in Big5: the byte at offset 2 does not fit\n",
    );
    refused(
        &complete(&["--encoding", "klingon", "hi"]),
        "error: unknown encoding \"klingon\"\n\
         hint: utf-8, gb18030, big5, shift_jis, euc-kr, utf-16le, windows-1252, …\n",
    );
}
