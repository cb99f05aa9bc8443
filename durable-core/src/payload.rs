//! User data as it is stored: JSON text, written once by the user's serde and never looked into.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::limits::{CUSTOM_STATUS_BYTES_MAX, PAYLOAD_BYTES_MAX};

/// A value as JSON text. Cheap to clone.
///
/// ```
/// use durable_core::Payload;
/// let p = Payload::encode(&("Tokyo", 3)).unwrap();
/// assert_eq!(p.as_str(), r#"["Tokyo",3]"#);
/// assert_eq!(p.decode::<(String, u32)>().unwrap(), ("Tokyo".to_owned(), 3));
/// ```
#[derive(Clone)]
pub struct Payload(Arc<RawValue>);

/// A value that could not become a payload, or a payload that is not the value asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// serde refused to write the value: a map whose keys are not text, or an error of the
    /// user's own `Serialize`.
    #[error("a value of type `{type_name}` cannot be written as JSON: {reason}")]
    Encode {
        /// The Rust type.
        type_name: &'static str,
        /// serde's words.
        reason: String,
    },
    /// The JSON is not a value of this type.
    #[error("{json} is not a `{type_name}`: {reason}")]
    Decode {
        /// The Rust type.
        type_name: &'static str,
        /// The beginning of the JSON.
        json: String,
        /// serde's words.
        reason: String,
    },
    /// Larger than [`PAYLOAD_BYTES_MAX`].
    #[error(
        "a value of type `{type_name}` takes {bytes} bytes of JSON; at most {PAYLOAD_BYTES_MAX} are allowed: store it elsewhere and pass a reference"
    )]
    TooLarge {
        /// The Rust type.
        type_name: &'static str,
        /// Its size.
        bytes: usize,
    },
    /// A custom status larger than [`CUSTOM_STATUS_BYTES_MAX`].
    #[error(
        "a custom status takes {bytes} bytes of JSON; at most {CUSTOM_STATUS_BYTES_MAX} are allowed: it is for a glance, put the rest into the result"
    )]
    CustomStatusTooLarge {
        /// Its size.
        bytes: usize,
    },
}

impl Payload {
    /// Writes a value as JSON.
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self, PayloadError> {
        let type_name = std::any::type_name::<T>();
        let raw = serde_json::value::to_raw_value(value)
            .map_err(|e| PayloadError::Encode { type_name, reason: e.to_string() })?;
        let bytes = raw.get().len();
        if bytes > PAYLOAD_BYTES_MAX {
            return Err(PayloadError::TooLarge { type_name, bytes });
        }
        Ok(Self(raw.into()))
    }

    /// Reads the value back.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        const SHOWN: usize = 120;
        serde_json::from_str(self.as_str()).map_err(|e| PayloadError::Decode {
            type_name: std::any::type_name::<T>(),
            json: self.as_str().chars().take(SHOWN).collect(),
            reason: e.to_string(),
        })
    }

    /// JSON text that came from outside.
    pub fn from_json(json: impl Into<String>) -> Result<Self, PayloadError> {
        let json = json.into();
        let bytes = json.len();
        if bytes > PAYLOAD_BYTES_MAX {
            return Err(PayloadError::TooLarge { type_name: "JSON", bytes });
        }
        RawValue::from_string(json)
            .map(|raw| Self(raw.into()))
            .map_err(|e| PayloadError::Encode { type_name: "JSON", reason: e.to_string() })
    }

    /// Arguments that were not given by a typed invocation, as a history records them: one JSON array
    /// with a member for each parameter. An array is taken as that; anything else is the only
    /// argument, `null` means that there is none.
    pub(crate) fn arguments<T: Serialize + ?Sized>(input: &T) -> Result<Self, PayloadError> {
        let input = Self::encode(input)?;
        match input.as_str().trim() {
            "null" => Self::from_json("[]"),
            json if json.starts_with('[') => Ok(input),
            json => Self::from_json(format!("[{json}]")),
        }
    }

    /// `null`: the payload of `()`.
    pub fn null() -> Self {
        Self(RawValue::NULL.to_owned().into())
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for Payload {
    /// Equal as text: two JSON texts of one value in different order are not equal, and that
    /// is what the replay check wants to know.
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Payload {}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(s)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(d).map(|raw| Self(raw.into()))
    }
}
