//! Recordings as the tests need them: headers that are right, and silence.

/// A second of it is 32,000 bytes.
pub fn wav(seconds: u32) -> Vec<u8> {
    let bytes = seconds * 32_000;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(16_000u32.to_le_bytes());
    wav.extend(32_000u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(bytes.to_le_bytes());
    wav.resize(44 + bytes as usize, 0);
    wav
}

/// An MP3 whose first frame says that it is so long. It has no other.
pub fn mp3(seconds: u32) -> Vec<u8> {
    // 48,000 samples a second, 1152 a frame.
    let frames = seconds * 48_000 / 1152;
    let mut mp3 = b"\xff\xfb\x94\x00".to_vec();
    mp3.resize(36, 0);
    mp3.extend(b"Info\0\0\0\x01");
    mp3.extend(frames.to_be_bytes());
    mp3.resize(384, 0);
    mp3
}

fn boxed(name: &str, body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(8 + body.len()).unwrap();
    [&size.to_be_bytes()[..], name.as_bytes(), body].concat()
}

fn head_of_film(seconds: u32, tracks: &[&str]) -> Vec<u8> {
    let length: Vec<u8> = [0, 0, 0, 1, seconds]
        .iter()
        .flat_map(|number: &u32| number.to_be_bytes())
        .collect();
    let mut movie = boxed("mvhd", &length);
    for track in tracks {
        let handler = [&[0; 8][..], track.as_bytes(), &[0; 12]].concat();
        movie.extend(boxed("trak", &boxed("mdia", &boxed("hdlr", &handler))));
    }
    [boxed("ftyp", b"isom\0\0\0\0"), boxed("moov", &movie)].concat()
}

/// An MP4 with these tracks, `vide` and `soun`, and its table of contents at the end.
pub fn film(seconds: u32, tracks: &[&str]) -> Vec<u8> {
    let head = head_of_film(seconds, tracks);
    let (brand, movie) = head.split_at(16);
    [brand, &boxed("mdat", &[0; 1000]), movie].concat()
}

/// The beginning of a film of so many bytes, whose rest is silence and darkness.
pub fn head_of_large_film(seconds: u32, bytes: u32) -> Vec<u8> {
    let mut head = head_of_film(seconds, &["vide", "soun"]);
    let left = bytes - u32::try_from(head.len()).unwrap();
    head.extend(left.to_be_bytes());
    head.extend(b"mdat");
    head
}
