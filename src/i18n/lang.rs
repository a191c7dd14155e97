//! The language of the program's messages.

/// A language that every sentence of the program is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    #[default]
    En,
    ZhCn,
}

impl Lang {
    /// The language of the environment: the first of these variables that is set and not empty decides.
    pub fn of_environment<'a>(get: impl Fn(&'static str) -> Option<&'a str>) -> Lang {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(get)
            .map_or(Lang::En, Lang::of_locale)
    }

    /// The language of a locale's name. Traditional characters are not written by a table of simplified ones, so
    /// Taiwan and Hong Kong read English.
    fn of_locale(locale: &str) -> Lang {
        // `zh_CN.UTF-8@pinyin`: the encoding and the variant behind it say nothing of the language.
        let name = locale.split(['.', '@']).next().unwrap_or_default().replace('-', "_");
        let mut parts = name.split('_');
        if !parts.next().unwrap_or_default().eq_ignore_ascii_case("zh") {
            return Lang::En;
        }
        let is_simplified = |part: &str| {
            ["CN", "SG", "Hans"]
                .iter()
                .any(|known| part.eq_ignore_ascii_case(known))
        };
        match parts.next() {
            None => Lang::ZhCn,
            Some(part) if is_simplified(part) => Lang::ZhCn,
            Some(_) => Lang::En,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_names_a_language() {
        for locale in [
            "zh",
            "zh_CN",
            "zh_CN.UTF-8",
            "zh_CN.GB18030@stroke",
            "zh-CN",
            "zh_SG.utf8",
            "zh_Hans_HK",
            "zh.UTF-8",
        ] {
            assert_eq!(Lang::of_locale(locale), Lang::ZhCn, "{locale}");
        }
        for locale in [
            "",
            "C",
            "C.UTF-8",
            "POSIX",
            "en_US.UTF-8",
            "zh_TW.UTF-8",
            "zh_HK",
            "zh_Hant",
            "zha",
            "de",
        ] {
            assert_eq!(Lang::of_locale(locale), Lang::En, "{locale}");
        }
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let of = |pairs: &[(&str, &'static str)]| {
            let pairs = pairs.to_vec();
            Lang::of_environment(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value))
        };
        assert_eq!(of(&[]), Lang::En);
        assert_eq!(of(&[("LANG", "zh_CN.UTF-8")]), Lang::ZhCn);
        assert_eq!(of(&[("LC_MESSAGES", "C"), ("LANG", "zh_CN.UTF-8")]), Lang::En);
        assert_eq!(
            of(&[("LC_ALL", "zh_CN"), ("LC_MESSAGES", "C"), ("LANG", "C")]),
            Lang::ZhCn
        );
    }
}
