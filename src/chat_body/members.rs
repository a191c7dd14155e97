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

    /// A member that stays where it is.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.get_mut(name)
    }

    pub fn rest(self) -> Map<String, Value> {
        self.0
    }

    fn typed<T>(
        &mut self,
        name: &str,
        fault: StaticText,
        convert: impl FnOnce(Value) -> Option<T>,
    ) -> Result<Option<T>, MemberError> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        match convert(value) {
            Some(value) => Ok(Some(value)),
            None => Err(MemberError::new(name, fault)),
        }
    }

    pub fn text(&mut self, name: &str) -> Result<Option<String>, MemberError> {
        self.typed(name, tr_static!("must be a string"), |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, MemberError> {
        self.typed(name, tr_static!("must be true or false"), |value| value.as_bool())
    }

    pub fn number(&mut self, name: &str) -> Result<Option<f64>, MemberError> {
        self.typed(name, tr_static!("must be a number"), |value| value.as_f64())
    }

    pub fn whole(&mut self, name: &str) -> Result<Option<u32>, MemberError> {
        self.typed(name, tr_static!("must be a whole number"), |value| {
            u32::try_from(value.as_u64()?).ok()
        })
    }

    /// The same where other servers take other numbers, such as -1 for none: those stay among the rest.
    pub fn whole_or_other(&mut self, name: &str) -> Result<Option<u32>, MemberError> {
        match self.get(name) {
            Some(Value::Number(number)) if number.as_i64().is_some_and(|number| u32::try_from(number).is_err()) => {
                Ok(None)
            }
            _ => self.whole(name),
        }
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
        self.typed(name, tr_static!("must be an array"), |value| match value {
            Value::Array(list) => Some(list),
            _ => None,
        })
    }

    pub fn object(&mut self, name: &str) -> Result<Option<Members>, MemberError> {
        self.typed(name, tr_static!("must be an object"), |value| match value {
            Value::Object(members) => Some(Members::new(members)),
            _ => None,
        })
    }

    /// A string or an array of strings.
    pub fn texts(&mut self, name: &str) -> Result<Vec<String>, MemberError> {
        let texts = self.typed(
            name,
            tr_static!("must be a string or an array of strings"),
            |value| match value {
                Value::String(text) => Some(vec![text]),
                Value::Array(texts) => texts.iter().map(|text| text.as_str().map(str::to_owned)).collect(),
                _ => None,
            },
        )?;
        Ok(texts.unwrap_or_default())
    }
}
