//! Small files whose headers promise huge pictures.

use image::ImageFormat;

use super::plain;
use crate::harness::Qwen;
use crate::server::Server;

/// A small picture of that format whose header says that each side has so many pixels.
fn swollen(format: ImageFormat, side: u16) -> Vec<u8> {
    let mut bytes = plain(20, 20, format);
    let at = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|window| window == what).unwrap();
    let (little, big) = (side.to_le_bytes(), side.to_be_bytes());
    match format {
        ImageFormat::Gif => {
            let frame = at(&bytes, b"\x2c\0\0\0\0") + 5;
            for place in [6, 8, frame, frame + 2] {
                bytes[place..place + 2].copy_from_slice(&little);
            }
        }
        ImageFormat::Png => {
            for place in [18, 22] {
                bytes[place..place + 2].copy_from_slice(&big);
            }
            let sum = crc(&bytes[12..29]).to_be_bytes();
            bytes[29..33].copy_from_slice(&sum);
        }
        ImageFormat::Jpeg => {
            let frame = at(&bytes, b"\xff\xc0") + 5;
            bytes[frame..frame + 2].copy_from_slice(&big);
            bytes[frame + 2..frame + 4].copy_from_slice(&big);
        }
        ImageFormat::Bmp => {
            for place in [18, 22] {
                bytes[place..place + 2].copy_from_slice(&little);
            }
        }
        ImageFormat::WebP => {
            // Behind the signature: fourteen bits each, less one.
            let place = at(&bytes, b"VP8L") + 9;
            let flags = u32::from_le_bytes(bytes[place..place + 4].try_into().unwrap()) >> 28 << 28;
            let side = u32::from(side) - 1;
            bytes[place..place + 4].copy_from_slice(&(flags | side << 14 | side).to_le_bytes());
        }
        _ => {
            // The tags ImageWidth, ImageLength and RowsPerStrip, of any type.
            for tag in [256u16, 257, 278] {
                let start = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize + 2;
                let entry = (start..)
                    .step_by(12)
                    .find(|at| bytes[*at..*at + 2] == tag.to_le_bytes())
                    .unwrap();
                bytes[entry + 8..entry + 10].copy_from_slice(&little);
            }
        }
    }
    bytes
}

/// The checksum of a chunk ("PNG", annex D).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| match sum & 1 {
            1 => sum >> 1 ^ 0xedb8_8320,
            _ => sum >> 1,
        })
    })
}

const FORMATS: [(&str, ImageFormat, u16); 6] = [
    ("gif", ImageFormat::Gif, u16::MAX),
    ("png", ImageFormat::Png, u16::MAX),
    ("jpeg", ImageFormat::Jpeg, 65_500),
    ("bmp", ImageFormat::Bmp, u16::MAX),
    ("webp", ImageFormat::WebP, 16_383),
    ("tiff", ImageFormat::Tiff, u16::MAX),
];

/// The same run with so many kilobytes of address space.
fn in_memory(qwen: &Qwen, kilobytes: u32, args: &[&str]) -> Qwen {
    let limit = format!("ulimit -v {kilobytes}; exec \"$0\" \"$@\"");
    let shell = ["-c", &limit, env!("CARGO_BIN_EXE_qwen")];
    qwen.clone().program("/bin/sh").args([shell.as_slice(), args].concat())
}

#[test]
fn a_picture_that_swells_is_refused_before_it_takes_memory() {
    let gif = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0;";
    let mut pictures = vec![("tiny.gif".to_owned(), gif.to_vec(), u16::MAX)];
    for (name, format, side) in FORMATS {
        let mut bytes = swollen(format, side);
        pictures.push((format!("short.{name}"), bytes.clone(), side));
        bytes.resize(3 << 20, 0);
        pictures.push((format!("long.{name}"), bytes, side));
    }
    let qwen = Qwen::new();
    for (name, bytes, side) in pictures {
        let args = [
            "-p",
            "dashscope",
            "-m",
            "qwen3-vl-plus",
            "complete",
            "--no-save",
            "-i",
            name.as_str(),
            "?",
        ];
        let server = Server::without_requests();
        let outcome = in_memory(&qwen.clone().file(&name, bytes).server(&server), 200_000, &args).run();
        let told = format!(
            "error: {name} is {side} × {side} pixels, which is too large to send, and it is too large to be scaled down \
             here\nhint: scale it down, or convert it to JPEG or PNG\n"
        );
        outcome.expect(2, "", &told);
        server.finish();
    }
}
