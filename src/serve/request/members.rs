//! The members of a JSON object, typed. `null` means that a member is absent.

use serde_json::{Map, Value};

use crate::serve::error_reply::ErrorReply;

/// An object whose members are taken out by name; those left are unknown ones.
#[derive(Debug)]
pub(in crate::serve) struct Members(Map<String, Value>);

impl Members {
    pub(in crate::serve) fn new(mut members: Map<String, Value>) -> Members {
        members.retain(|_, value| !value.is_null());
        Members(members)
    }

    pub(in crate::serve) fn take(&mut self, name: &str) -> Option<Value> {
        // The order of the others is the caller's.
        self.0.shift_remove(name)
    }

    pub(in crate::serve) fn rest(self) -> Map<String, Value> {
        self.0
    }

    fn typed<T>(
        &mut self,
        name: &str,
        what: &str,
        convert: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, ErrorReply> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        match convert(&value) {
            Some(value) => Ok(Some(value)),
            None => Err(ErrorReply::invalid(name, format!("{name} must be {what}"))),
        }
    }

    pub(in crate::serve) fn text(&mut self, name: &str) -> Result<Option<String>, ErrorReply> {
        self.typed(name, "a string", |value| value.as_str().map(str::to_owned))
    }

    pub(in crate::serve) fn flag(&mut self, name: &str) -> Result<Option<bool>, ErrorReply> {
        self.typed(name, "true or false", Value::as_bool)
    }

    pub(in crate::serve) fn number(&mut self, name: &str) -> Result<Option<f64>, ErrorReply> {
        self.typed(name, "a number", Value::as_f64)
    }

    pub(in crate::serve) fn whole(&mut self, name: &str) -> Result<Option<u32>, ErrorReply> {
        self.typed(name, "a whole number", |value| u32::try_from(value.as_u64()?).ok())
    }

    /// A limit of tokens, where some clients send -1 for none.
    pub(in crate::serve) fn limit(&mut self, name: &str) -> Result<Option<u32>, ErrorReply> {
        let limit = self.typed(name, "a whole number", |value| {
            let number = value.as_i64()?;
            match number {
                ..0 => Some(None),
                _ => u32::try_from(number).ok().map(Some),
            }
        })?;
        Ok(limit.flatten())
    }

    pub(in crate::serve) fn list(&mut self, name: &str) -> Result<Option<Vec<Value>>, ErrorReply> {
        self.typed(name, "an array", |value| value.as_array().cloned())
    }

    pub(in crate::serve) fn object(&mut self, name: &str) -> Result<Option<Members>, ErrorReply> {
        self.typed(name, "an object", |value| value.as_object().cloned().map(Members::new))
    }

    /// A string or an array of strings.
    pub(in crate::serve) fn texts(&mut self, name: &str) -> Result<Vec<String>, ErrorReply> {
        let texts = self.typed(name, "a string or an array of strings", |value| match value {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(texts) => texts.iter().map(|text| text.as_str().map(str::to_owned)).collect(),
            _ => None,
        })?;
        Ok(texts.unwrap_or_default())
    }
}
