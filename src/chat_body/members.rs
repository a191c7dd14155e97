//! The members of a JSON object, typed. `null` means that a member is absent.

use serde_json::{Map, Value};

use super::MemberError;
use crate::i18n::StaticText;
use crate::tr_static;

/// An object whose members are taken out by name; those left are unknown ones.
#[derive(Debug)]
pub struct Members(Map<String, Value>);

impl Members {
    pub fn new(mut members: Map<String, Value>) -> Members {
        members.retain(|_, value| !value.is_null());
        Members(members)
    }

    pub fn take(&mut self, name: &str) -> Option<Value> {
        // The order of the others is the caller's.
        self.0.shift_remove(name)
    }

    pub fn rest(self) -> Map<String, Value> {
        self.0
    }

    fn typed<T>(
        &mut self,
        name: &str,
        fault: StaticText,
        convert: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, MemberError> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        match convert(&value) {
            Some(value) => Ok(Some(value)),
            None => Err(MemberError::new(name, fault)),
        }
    }

    pub fn text(&mut self, name: &str) -> Result<Option<String>, MemberError> {
        self.typed(name, tr_static!("must be a string"), |value| {
            value.as_str().map(str::to_owned)
        })
    }

    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, MemberError> {
        self.typed(name, tr_static!("must be true or false"), Value::as_bool)
    }

    pub fn number(&mut self, name: &str) -> Result<Option<f64>, MemberError> {
        self.typed(name, tr_static!("must be a number"), Value::as_f64)
    }

    pub fn whole(&mut self, name: &str) -> Result<Option<u32>, MemberError> {
        self.typed(name, tr_static!("must be a whole number"), |value| {
            u32::try_from(value.as_u64()?).ok()
        })
    }

    /// A limit of tokens, where some clients send -1 for none.
    pub fn limit(&mut self, name: &str) -> Result<Option<u32>, MemberError> {
        let limit = self.typed(name, tr_static!("must be a whole number"), |value| {
            let number = value.as_i64()?;
            match number {
                ..0 => Some(None),
                _ => u32::try_from(number).ok().map(Some),
            }
        })?;
        Ok(limit.flatten())
    }

    pub fn list(&mut self, name: &str) -> Result<Option<Vec<Value>>, MemberError> {
        self.typed(name, tr_static!("must be an array"), |value| value.as_array().cloned())
    }

    pub fn object(&mut self, name: &str) -> Result<Option<Members>, MemberError> {
        self.typed(name, tr_static!("must be an object"), |value| {
            value.as_object().cloned().map(Members::new)
        })
    }

    /// A string or an array of strings.
    pub fn texts(&mut self, name: &str) -> Result<Vec<String>, MemberError> {
        let texts = self.typed(
            name,
            tr_static!("must be a string or an array of strings"),
            |value| match value {
                Value::String(text) => Some(vec![text.clone()]),
                Value::Array(texts) => texts.iter().map(|text| text.as_str().map(str::to_owned)).collect(),
                _ => None,
            },
        )?;
        Ok(texts.unwrap_or_default())
    }
}
