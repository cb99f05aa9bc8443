//! Labels that a start puts on its instance, to find it by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::limits::{TAG_NAME_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_MAX};

/// The tags of an instance: names and values.
///
/// At most [`TAGS_MAX`] of them; a name has 1 to [`TAG_NAME_CHARS_MAX`] characters, a value 0 to
/// [`TAG_VALUE_CHARS_MAX`], none of them control characters.
///
/// ```
/// use durable_core::Tags;
/// let mut tags = Tags::default();
/// tags.insert("customer", "42").unwrap();
/// assert_eq!(tags.get("customer"), Some("42"));
/// assert!(tags.insert("", "42").is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(BTreeMap<String, String>);

/// Why a text is not a tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTag {
    /// The name.
    #[error("tag name {name:?} has {chars} characters; 1 to {TAG_NAME_CHARS_MAX} are allowed")]
    Name {
        /// As it was given, or its beginning.
        name: String,
        /// How long it is.
        chars: usize,
    },
    /// The value.
    #[error("the value of tag {name:?} has {chars} characters; at most {TAG_VALUE_CHARS_MAX} are allowed")]
    Value {
        /// Of which tag.
        name: String,
        /// How long it is.
        chars: usize,
    },
    /// A character that is not allowed.
    #[error("tag {name:?} contains {character:?}; control characters are not allowed")]
    ForbiddenCharacter {
        /// Which tag.
        name: String,
        /// The first offending character.
        character: char,
    },
    /// Too many.
    #[error("an instance has at most {TAGS_MAX} tags; {0:?} would be one more")]
    TooMany(String),
}

impl Tags {
    /// Adds a tag; one of the same name is replaced.
    ///
    /// # Errors
    ///
    /// [`InvalidTag`].
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<String>) -> Result<(), InvalidTag> {
        let (name, value) = (name.into(), value.into());
        let chars = name.chars().count();
        if !(1..=TAG_NAME_CHARS_MAX).contains(&chars) {
            return Err(InvalidTag::Name { name: name.chars().take(TAG_NAME_CHARS_MAX).collect(), chars });
        }
        let chars = value.chars().count();
        if chars > TAG_VALUE_CHARS_MAX {
            return Err(InvalidTag::Value { name, chars });
        }
        if let Some(character) = name.chars().chain(value.chars()).find(|c| c.is_control()) {
            return Err(InvalidTag::ForbiddenCharacter { name, character });
        }
        if self.0.len() >= TAGS_MAX && !self.0.contains_key(&name) {
            return Err(InvalidTag::TooMany(name));
        }
        self.0.insert(name, value);
        Ok(())
    }

    /// The value of the tag of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Names and values, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
