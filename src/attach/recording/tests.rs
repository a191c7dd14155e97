use super::*;

/// What the bytes are; the error of a header that cannot be read.
fn read(bytes: &[u8]) -> Option<Result<Recording, String>> {
    read_recording(&mut Cursor::new(bytes)).map(|read| read.map_err(|why| why.to_string()))
}

fn expect(bytes: &[u8], kind: MediaKind, mime: &'static str, length: Option<f64>, sides: Option<(u32, u32)>) {
    let length = length.map(Duration::from_secs_f64);
    let expected = Recording {
        kind,
        mime,
        length,
        sides,
    };
    assert_eq!(read(bytes), Some(Ok(expected)));
    // A file that ends anywhere is read or refused, and nothing else.
    for end in 0..bytes.len() {
        let _ = read(&bytes[..end]);
    }
    // So is one of which a byte, or four, are something else.
    let mut other = bytes.to_vec();
    for at in 0..bytes.len() {
        for with in [
            &[0][..],
            &[1],
            &[0x7f],
            &[0x80],
            &[0xff],
            &[0; 4],
            &[0xff; 4],
            &[0x80, 0, 0, 0],
        ] {
            let end = bytes.len().min(at + with.len());
            other[at..end].copy_from_slice(&with[..end - at]);
            let _ = read(&other);
            other[at..end].copy_from_slice(&bytes[at..end]);
        }
    }
}

fn sound(bytes: &[u8], mime: &'static str, length: Option<f64>) {
    expect(bytes, MediaKind::Audio, mime, length, None);
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    chunk.extend(body);
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

fn riff(form: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"RIFF", &[form.to_vec(), chunks.concat()].concat())
}

/// A box of an MP4.
fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(8 + body.len()).unwrap();
    [&size.to_be_bytes()[..], name, body].concat()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

fn track(handler: &[u8; 4], sides: (u32, u32)) -> Vec<u8> {
    let mut head = vec![0; 76];
    head.extend(numbers(&[sides.0 << 16, sides.1 << 16]));
    let handler = [&[0; 8][..], handler, &[0; 12]].concat();
    boxed(
        b"trak",
        &[boxed(b"tkhd", &head), boxed(b"mdia", &boxed(b"hdlr", &handler))].concat(),
    )
}

fn mp4(brand: &[u8; 4], tracks: &[Vec<u8>]) -> Vec<u8> {
    let movie = boxed(b"mvhd", &numbers(&[0, 0, 0, 1000, 62_500]));
    let brand = boxed(b"ftyp", &[brand, &b"\0\0\0\0isom"[..]].concat());
    // Its table of contents is often behind the media.
    let media = boxed(b"mdat", &[7; 5000]);
    [brand, media, boxed(b"moov", &[movie, tracks.concat()].concat())].concat()
}

/// An element of Matroska.
fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len()).unwrap() | 0x1000_0000;
    [id, &size.to_be_bytes(), body].concat()
}

fn matroska(doc_type: &str, tracks: &[u8]) -> Vec<u8> {
    let info = element(
        &[0x15, 0x49, 0xa9, 0x66],
        &element(&[0x44, 0x89], &90_500f64.to_be_bytes()),
    );
    let tracks: Vec<u8> = tracks
        .iter()
        .flat_map(|kind| {
            let mut track = element(&[0x83], &[*kind]);
            if *kind == 1 {
                let sides = [element(&[0xb0], &[5, 0]), element(&[0xba], &[2, 0xd0])].concat();
                track.extend(element(&[0xe0], &sides));
            }
            element(&[0xae], &track)
        })
        .collect();
    let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &tracks);
    let cluster = element(&[0x1f, 0x43, 0xb6, 0x75], &[0; 100]);
    // A segment of unknown size, as a program writes it into a pipe.
    let segment = [
        &[0x18, 0x53, 0x80, 0x67, 0x01][..],
        &[0xff; 7],
        &info,
        &tracks,
        &cluster,
    ]
    .concat();
    [
        element(&[0x1a, 0x45, 0xdf, 0xa3], &element(&[0x42, 0x82], doc_type.as_bytes())),
        segment,
    ]
    .concat()
}

#[test]
fn a_wav_tells_its_length_by_its_bytes_a_second() {
    let format = [
        &[1, 0, 1, 0][..],
        &16_000u32.to_le_bytes(),
        &32_000u32.to_le_bytes(),
        &[2, 0, 16, 0],
    ]
    .concat();
    let wav = |size: usize| {
        riff(
            b"WAVE",
            &[
                chunk(b"fmt ", &format),
                chunk(b"LIST", b"odd"),
                chunk(b"data", &vec![0; size]),
            ],
        )
    };
    sound(&wav(8_000), "audio/wav", Some(0.25));
    let mut piped = wav(8_000);
    let at = piped.len() - 8_004;
    piped[at..at + 4].fill(0xff);
    sound(&piped, "audio/wav", Some(0.25));
    let broken = read(&riff(b"WAVE", &[chunk(b"fmt ", &format)])).unwrap().unwrap_err();
    assert_eq!(broken, "is broken or incomplete: its header (audio/wav) cannot be read");
}

#[test]
fn an_mp4_is_told_by_its_tracks() {
    let (sound_track, video_track) = (track(b"soun", (0, 0)), track(b"vide", (640, 360)));
    let both = [sound_track.clone(), video_track];
    expect(
        &mp4(b"isom", &both),
        MediaKind::Video,
        "video/mp4",
        Some(62.5),
        Some((640, 360)),
    );
    expect(
        &mp4(b"qt  ", &both),
        MediaKind::Video,
        "video/quicktime",
        Some(62.5),
        Some((640, 360)),
    );
    expect(
        &mp4(b"3gp4", &both),
        MediaKind::Video,
        "video/3gpp",
        Some(62.5),
        Some((640, 360)),
    );
    for brand in [b"M4A ", b"isom"] {
        sound(&mp4(brand, &both[..1]), "audio/mp4", Some(62.5));
    }
    // The table of contents is missing.
    let whole = mp4(b"isom", &both);
    let broken = read(&whole[..3000]).unwrap().unwrap_err();
    assert_eq!(broken, "is broken or incomplete: its header (audio/mp4) cannot be read");
    // Pictures come in the same container.
    assert_eq!(read(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), None);
}

#[test]
fn a_matroska_is_told_by_its_tracks_too() {
    let sides = Some((1280, 720));
    expect(
        &matroska("webm", &[1, 2]),
        MediaKind::Video,
        "video/webm",
        Some(90.5),
        sides,
    );
    expect(
        &matroska("matroska", &[2, 1]),
        MediaKind::Video,
        "video/x-matroska",
        Some(90.5),
        sides,
    );
    sound(&matroska("webm", &[2]), "audio/webm", Some(90.5));
    sound(&matroska("matroska", &[2]), "audio/x-matroska", Some(90.5));
    assert!(read(&matroska("webm", &[])).unwrap().is_err());
}

#[test]
fn an_avi_tells_its_frames_and_sides() {
    let little = |numbers: &[u32]| -> Vec<u8> { numbers.iter().flat_map(|number| number.to_le_bytes()).collect() };
    let header = little(&[40_000, 0, 0, 0, 250, 0, 2, 0, 320, 240, 0, 0, 0, 0]);
    let list = [b"hdrl".to_vec(), chunk(b"avih", &header)].concat();
    let avi = riff(b"AVI ", &[chunk(b"LIST", &list)]);
    expect(&avi, MediaKind::Video, "video/x-msvideo", Some(10.0), Some((320, 240)));
}

#[test]
fn sounds_in_a_stream_tell_what_they_know() {
    let bits: u64 = 44_100 << 44 | 441_000;
    let flac = [&b"fLaC\0\0\0\x22"[..], &[0; 10], &bits.to_be_bytes(), &[0; 16]].concat();
    sound(&flac, "audio/flac", Some(10.0));
    // 312 samples are not played.
    let opus = [&b"OggS\0\x02"[..], &[0; 22], b"OpusHead\x01\x02\x38\x01", &[0; 6]].concat();
    let last = [&b"OggS\0\x04"[..], &(96_000u64 + 312).to_le_bytes(), &[0; 14]].concat();
    sound(&[opus, last].concat(), "audio/ogg", Some(2.0));
    let vorbis = [
        &b"OggS\0\x02"[..],
        &[0; 8],
        b"\x01vorbis\0\0\0\0\x02",
        &8_000u32.to_le_bytes(),
    ]
    .concat();
    let last = [&b"OggS\0\x04"[..], &4_000u64.to_le_bytes(), &[0; 14]].concat();
    sound(&[vorbis, last].concat(), "audio/ogg", Some(0.5));
    expect(
        b"OggS\0\x02\0\0\0\0\0\0\0\0\x80theora",
        MediaKind::Video,
        "video/ogg",
        None,
        None,
    );
    sound(b"#!AMR\n\x3c\0", "audio/amr", None);
    sound(b"\xff\xf1\x50\x80\x00\x1f\xfc", "audio/aac", None);
    sound(b"ID3\x04\0\0\0\0\0\0\xff\xf1\x50\x80\x00\x1f\xfc", "audio/aac", None);
}

#[test]
fn an_mp3_tells_its_length_where_the_encoder_wrote_it() {
    // MPEG 1, 44.1 kHz, stereo; 100 frames of 1152 samples.
    let xing = [
        &b"\xff\xfb\x90\x00"[..],
        &[0; 32],
        b"Info\0\0\0\x01\0\0\0\x64",
        &[0; 300],
    ]
    .concat();
    let length = Some(100.0 * 1152.0 / 44_100.0);
    sound(&xing, "audio/mpeg", length);
    let tagged = [&b"ID3\x04\0\0\0\0\x02\x00"[..], &[0; 256], &xing].concat();
    sound(&tagged, "audio/mpeg", length);
    let vbri = [
        &b"\xff\xfb\x90\x00"[..],
        &[0; 32],
        b"VBRI",
        &[0; 10],
        &100u32.to_be_bytes(),
    ]
    .concat();
    sound(&vbri, "audio/mpeg", length);
    // MPEG 2, 16 kHz, mono: nothing is counted.
    sound(&[&b"\xff\xf3\x48\xc0"[..], &[0; 100]].concat(), "audio/mpeg", None);
}

#[test]
fn texts_and_pictures_are_no_recordings() {
    for other in [
        &b""[..],
        b"words",
        b"\xff\xfe\x68\0\x69\0",
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"%PDF-1.7",
        b"\0\0\0\x18ftypavif",
    ] {
        assert_eq!(read(other), None, "{other:?}");
    }
}

#[test]
fn boxes_that_never_end_do_not_hold_it_up() {
    let empty = boxed(b"free", b"");
    let many = [boxed(b"ftyp", b"isom\0\0\0\0"), empty.repeat(20_000), mp4(b"isom", &[])].concat();
    assert!(read(&many).unwrap().is_err());
    // A size of 64 bits that is larger than any file.
    let huge = [
        boxed(b"ftyp", b"isom\0\0\0\0"),
        b"\0\0\0\x01free\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
    ]
    .concat();
    assert!(read(&huge).unwrap().is_err());
    // A size of 2 would go backwards.
    let back = [boxed(b"ftyp", b"isom\0\0\0\0"), b"\0\0\0\x02moov".to_vec()].concat();
    assert!(read(&back).unwrap().is_err());
}

#[test]
fn boxes_in_boxes_without_end_do_not_exhaust_the_stack() {
    // A size of 0, or of all ones, reaches to the end of the file.
    let boxes = [boxed(b"ftyp", b"isom\0\0\0\0"), b"\0\0\0\0moov".repeat(20_000)].concat();
    assert!(read(&boxes).unwrap().is_err());
    let elements = [
        element(b"\x1a\x45\xdf\xa3", b""),
        b"\x18\x53\x80\x67\xff".repeat(20_000),
    ]
    .concat();
    assert!(read(&elements).unwrap().is_err());
}
