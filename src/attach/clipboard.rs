//! The image in the clipboard, read by one of the programs that systems have for it.

use std::process::{Command, Stdio};

use tokio::task::spawn_blocking;

use super::attached_media::media_of_bytes;
use crate::error::Failure;
use crate::host::Host;
use crate::tr;
use qwen_api::Media;

/// A script that writes the clipboard's image to stdout as PNG, and nothing without one.
const POWERSHELL: &str = "Add-Type -AssemblyName System.Windows.Forms,System.Drawing; \
     $i = [Windows.Forms.Clipboard]::GetImage(); \
     if ($i) { $m = New-Object IO.MemoryStream; $i.Save($m, [Drawing.Imaging.ImageFormat]::Png); \
     $o = [Console]::OpenStandardOutput(); $o.Write($m.ToArray(), 0, $m.Length) }";

/// The programs, in the order they are tried: name and arguments.
fn programs(host: &Host) -> Vec<(&'static str, &'static [&'static str])> {
    let mut programs: Vec<(&str, &[&str])> = Vec::new();
    if host.env.get("WAYLAND_DISPLAY").is_some() {
        programs.push(("wl-paste", &["--no-newline", "--type", "image/png"]));
    }
    if host.env.get("DISPLAY").is_some() {
        programs.push(("xclip", &["-selection", "clipboard", "-t", "image/png", "-o"]));
    }
    if cfg!(target_os = "macos") {
        programs.push(("pngpaste", &["-"]));
    }
    if cfg!(windows) || host.env.get("WSL_DISTRO_NAME").is_some() {
        programs.push(("powershell.exe", &["-NoProfile", "-STA", "-Command", POWERSHELL]));
    }
    programs
}

/// The clipboard's image as a content block.
pub async fn clipboard_image(host: &Host) -> Result<Media, Failure> {
    let mut was_asked = false;
    for (program, arguments) in programs(host) {
        let run = spawn_blocking(move || {
            let mut command = Command::new(program);
            command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
            command.output()
        });
        let Ok(Ok(output)) = run.await else {
            continue;
        };
        was_asked = true;
        if output.status.success() && !output.stdout.is_empty() {
            return media_of_bytes(output.stdout, "clipboard.png").await;
        }
    }
    Err(if was_asked {
        Failure::usage(tr!("there is no image in the clipboard"))
    } else {
        Failure::usage(tr!("no program was found that reads an image from the clipboard")).hint(tr!(
            "wl-paste (wl-clipboard) on Wayland, xclip on X11, pngpaste on macOS"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(pairs: &[(&str, &str)]) -> Host {
        Host::of_variables(pairs, false)
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_session_decides_the_program() {
        let names = |pairs: &[(&str, &str)]| {
            programs(&host(pairs))
                .into_iter()
                .map(|(name, _)| name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&[]), [""; 0]);
        assert_eq!(names(&[("DISPLAY", ":0")]), ["xclip"]);
        assert_eq!(
            names(&[("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "w")]),
            ["wl-paste", "xclip"]
        );
        assert_eq!(names(&[("WSL_DISTRO_NAME", "Ubuntu")]), ["powershell.exe"]);
    }

    #[tokio::test]
    async fn without_a_program_it_says_which_there_are() {
        let failure = clipboard_image(&host(&[])).await.unwrap_err();
        assert!(failure.hint.unwrap().to_string().contains("wl-paste"));
    }
}
