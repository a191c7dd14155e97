//! Sixel graphics: a picture as printable characters, six rows of pixels to a character. Pure.
//!
//! The format is DEC's (STD 070, its part on sixel graphics; "VT330/VT340 Programmer Reference Manual", volume 2,
//! chapter 14). A device control string `DCS P1 ; P2 ; P3 q … ST`: `P2` 1 leaves pixels that are not drawn as they are,
//! `" 1 ; 1 ; w ; h` are square pixels and the sides, `# n ; 2 ; r ; g ; b` defines a colour in percent, `# n` draws
//! with it, a character from `?` on is six pixels in a column, the topmost in the lowest bit, `! n` repeats the next
//! one, `$` goes back to the left, `-` to the next six rows.

use std::collections::{BTreeMap, BTreeSet};

use image::RgbaImage;

/// The most colours of a picture: what xterm, foot and the others have registers for.
const COLORS: usize = 256;
/// Rows of pixels in a character.
const BAND: u32 = 6;
/// A pixel that lets more through than it shows is not drawn.
const OPAQUE: u8 = 128;

/// A colour as the format counts it: red, green and blue in percent.
type Color = [u8; 3];

/// The control string that draws a picture with its upper left corner at the cursor.
pub(super) fn encode(picture: &RgbaImage) -> Vec<u8> {
    let palette = palette(picture);
    let (width, height) = picture.dimensions();
    let mut out = format!("\x1bP0;1;0q\"1;1;{width};{height}").into_bytes();
    let mut defined = BTreeSet::new();
    for (number, color) in palette.values() {
        if defined.insert(*number) {
            let [r, g, b] = color;
            out.extend_from_slice(format!("#{number};2;{r};{g};{b}").as_bytes());
        }
    }
    for top in (0..height).step_by(BAND as usize) {
        if top > 0 {
            out.push(b'-');
        }
        band(&mut out, picture, &palette, top);
    }
    out.extend_from_slice(b"\x1b\\");
    out
}

/// Six rows, a line over another for each colour in them.
fn band(out: &mut Vec<u8>, picture: &RgbaImage, palette: &Palette, top: u32) {
    let (width, height) = picture.dimensions();
    // The bits of a colour, column by column.
    let mut lines: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
    for y in top..height.min(top + BAND) {
        for x in 0..width {
            let Some((number, _)) = drawn(picture, x, y).and_then(|color| palette.get(&color)) else {
                continue;
            };
            let line = lines.entry(*number).or_insert_with(|| vec![0; width as usize]);
            line[x as usize] |= 1 << (y - top);
        }
    }
    for (at, (number, line)) in lines.iter().enumerate() {
        if at > 0 {
            out.push(b'$');
        }
        out.extend_from_slice(format!("#{number}").as_bytes());
        let end = line.iter().rposition(|bits| *bits != 0).map_or(0, |last| last + 1);
        for run in line[..end].chunk_by(|left, right| left == right) {
            let character = b'?' + run[0];
            match run.len() {
                // `!4` and the character are as long as four of them.
                0..4 => out.extend(std::iter::repeat_n(character, run.len())),
                count => {
                    out.extend_from_slice(format!("!{count}").as_bytes());
                    out.push(character);
                }
            }
        }
    }
}

/// The colour of a pixel; `None` for one that is not drawn.
fn drawn(picture: &RgbaImage, x: u32, y: u32) -> Option<Color> {
    let [r, g, b, a] = picture.get_pixel(x, y).0;
    let percent = |value: u8| u8::try_from((u16::from(value) * 100 + 127) / 255).unwrap_or(100);
    (a >= OPAQUE).then(|| [r, g, b].map(percent))
}

/// Colours that are drawn as one, and how many pixels each has.
type Group = Vec<(Color, u64)>;

/// For each colour of the picture the number and the value of the one that is drawn in its place.
type Palette = BTreeMap<Color, (usize, Color)>;

/// The picture's own colours where they are few enough; else groups of like ones by the median cut: the group that
/// spreads the widest is cut where half of its pixels are on either side, until there are as many as may be.
fn palette(picture: &RgbaImage) -> Palette {
    let mut counts: BTreeMap<Color, u64> = BTreeMap::new();
    for (x, y, _) in picture.enumerate_pixels() {
        if let Some(color) = drawn(picture, x, y) {
            *counts.entry(color).or_default() += 1;
        }
    }
    let mut groups: Vec<Group> = vec![counts.into_iter().collect()];
    while groups.len() < COLORS {
        let widest = groups
            .iter()
            .enumerate()
            .filter_map(|(at, group)| Some((at, spread(group)?)))
            .max_by_key(|(_, (_, width))| *width);
        let Some((at, (channel, _))) = widest else { break };
        let (left, right) = halves(groups.swap_remove(at), channel);
        groups.extend([left, right]);
    }
    let numbered = groups.iter().filter(|group| !group.is_empty()).enumerate();
    numbered
        .flat_map(|(number, group)| {
            let color = mean(group);
            group.iter().map(move |(from, _)| (*from, (number, color)))
        })
        .collect()
}

/// The channel in which a group's colours differ the most, and by how much; `None` for a single colour.
fn spread(group: &[(Color, u64)]) -> Option<(usize, u8)> {
    (0..3)
        .filter_map(|channel| {
            let values = group.iter().map(|(color, _)| color[channel]);
            Some((channel, values.clone().max()? - values.min()?))
        })
        .max_by_key(|(_, width)| *width)
        .filter(|(_, width)| *width > 0)
}

/// A group of two colours at least, cut at its median pixel; neither half is empty.
fn halves(mut group: Group, channel: usize) -> (Group, Group) {
    group.sort_by_key(|(color, _)| color[channel]);
    let half = group.iter().map(|(_, count)| count).sum::<u64>() / 2;
    let mut before = 0;
    let at = group.iter().position(|(_, count)| {
        before += count;
        before > half
    });
    let at = at.unwrap_or(0).clamp(1, group.len() - 1);
    let right = group.split_off(at);
    (group, right)
}

/// The mean of a group's pixels.
fn mean(group: &[(Color, u64)]) -> Color {
    let pixels = group.iter().map(|(_, count)| count).sum::<u64>().max(1);
    [0, 1, 2].map(|channel| {
        let sum: u64 = group
            .iter()
            .map(|(color, count)| u64::from(color[channel]) * count)
            .sum();
        u8::try_from((sum + pixels / 2) / pixels).unwrap_or(100)
    })
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    /// What a terminal would have on its screen: the sides, and for each pixel drawn its colour in percent.
    #[derive(Debug)]
    struct Screen {
        sides: (u32, u32),
        pixels: BTreeMap<(u32, u32), Color>,
        colors: usize,
    }

    /// Reads the string as the manual says, character by character. Whatever it does not know fails.
    fn decode(bytes: &[u8]) -> Screen {
        let text = std::str::from_utf8(bytes).unwrap();
        let inside = text
            .strip_prefix("\x1bP0;1;0q")
            .unwrap()
            .strip_suffix("\x1b\\")
            .unwrap();
        let mut screen = Screen {
            sides: (0, 0),
            pixels: BTreeMap::new(),
            colors: 0,
        };
        let mut registers: BTreeMap<u32, Color> = BTreeMap::new();
        let (mut x, mut top, mut color) = (0, 0, None);
        let mut rest = inside;
        while let Some(c) = rest.chars().next() {
            rest = &rest[1..];
            let end = rest
                .find(|c: char| !c.is_ascii_digit() && c != ';')
                .unwrap_or(rest.len());
            let numbers = || {
                rest[..end]
                    .split(';')
                    .map(|n| n.parse::<u32>().unwrap())
                    .collect::<Vec<_>>()
            };
            let mut draw = |bits: u8, count: u32| {
                for column in x..x + count {
                    for row in (0..6).filter(|row| bits >> row & 1 == 1) {
                        screen.pixels.insert((column, top + row), color.unwrap());
                    }
                }
                x += count;
            };
            match c {
                '"' => {
                    let [1, 1, width, height] = numbers()[..] else {
                        panic!("{rest}")
                    };
                    screen.sides = (width, height);
                    rest = &rest[end..];
                }
                '#' => {
                    match numbers()[..] {
                        [n] => color = Some(registers[&n]),
                        [n, 2, r, g, b] => {
                            let value = [r, g, b].map(|c| u8::try_from(c).unwrap());
                            assert!(n < 256 && value.iter().all(|c| *c <= 100), "{value:?}");
                            assert_eq!(registers.insert(n, value), None);
                        }
                        _ => panic!("{rest}"),
                    }
                    rest = &rest[end..];
                }
                '!' => {
                    draw(rest.as_bytes()[end] - b'?', numbers()[0]);
                    rest = &rest[end + 1..];
                }
                '?'..='~' => draw(c as u8 - b'?', 1),
                '$' => x = 0,
                '-' => (x, top) = (0, top + 6),
                other => panic!("{other:?}"),
            }
        }
        screen.colors = registers.len();
        screen
    }

    /// The largest difference of a pixel, in percent of a channel. Both must draw the same pixels.
    fn worst(picture: &RgbaImage, screen: &Screen) -> u8 {
        assert_eq!(screen.sides, picture.dimensions());
        let visible = picture.pixels().filter(|pixel| pixel.0[3] >= OPAQUE).count();
        assert_eq!(screen.pixels.len(), visible);
        let apart = picture.enumerate_pixels().filter_map(|(x, y, _)| {
            let meant = drawn(picture, x, y)?;
            let seen = screen.pixels[&(x, y)];
            (0..3).map(|channel| meant[channel].abs_diff(seen[channel])).max()
        });
        apart.max().unwrap_or(0)
    }

    #[test]
    fn a_small_picture_in_full() {
        // Two red columns beside a blue one, seven rows high.
        let picture = RgbaImage::from_fn(3, 7, |x, _| {
            if x < 2 {
                Rgba([255, 0, 0, 255])
            } else {
                Rgba([0, 0, 255, 255])
            }
        });
        let text = String::from_utf8(encode(&picture)).unwrap();
        assert_eq!(
            text,
            "\x1bP0;1;0q\"1;1;3;7#1;2;0;0;100#0;2;100;0;0#0~~$#1??~-#0@@$#1??@\x1b\\"
        );
    }

    #[test]
    fn few_colors_are_drawn_as_they_are() {
        // 256 of them, on sides that are no multiple of six.
        let picture = RgbaImage::from_fn(97, 101, |x, y| {
            let value = |n: u32| u8::try_from(n % 16 * 17).unwrap();
            Rgba([value(x), value(y), 128, 255])
        });
        let screen = decode(&encode(&picture));
        assert_eq!((screen.colors, worst(&picture, &screen)), (256, 0));
    }

    #[test]
    fn many_colors_become_like_ones() {
        let picture = RgbaImage::from_fn(200, 100, |x, y| {
            let part = |n: u32, all: u32| u8::try_from(n * 255 / all).unwrap();
            Rgba([part(x, 199), part(y, 99), part(x + y, 298), 255])
        });
        let screen = decode(&encode(&picture));
        assert_eq!(screen.colors, 256);
        let worst = worst(&picture, &screen);
        assert!(worst <= 8, "{worst} %");
    }

    #[test]
    fn what_shows_through_is_not_drawn() {
        let picture = RgbaImage::from_fn(20, 20, |x, y| {
            Rgba([200, 100, 50, if (x + y) % 2 == 0 { 255 } else { 20 }])
        });
        assert_eq!(worst(&picture, &decode(&encode(&picture))), 0);
        let nothing = RgbaImage::from_pixel(5, 5, Rgba([1, 2, 3, 0]));
        assert_eq!(decode(&encode(&nothing)).pixels.len(), 0);
    }

    #[test]
    fn like_columns_are_counted_not_repeated() {
        let picture = RgbaImage::from_pixel(1000, 60, Rgba([255, 255, 255, 255]));
        let bytes = encode(&picture);
        assert_eq!(worst(&picture, &decode(&bytes)), 0);
        assert!(bytes.len() < 150, "{}", bytes.len());
    }
}
