//! `_links`: where to go from an object, in the form of HAL that Okta uses.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Absolute.
    pub href: String,
    /// Only where it is not `GET`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub method: Option<String>,
}

impl Link {
    /// To read.
    pub fn to(href: impl Into<String>) -> Self {
        Self { href: href.into(), method: None }
    }

    /// To post to.
    pub fn post(href: impl Into<String>) -> Self {
        Self { href: href.into(), method: Some("POST".to_owned()) }
    }
}

/// Links by relation, in the order given.
pub type Links = Map<String, Value>;

/// Adds one.
pub(crate) fn add(links: &mut Links, relation: &str, link: Link) {
    let mut object = Map::new();
    object.insert("href".to_owned(), Value::String(link.href));
    if let Some(method) = link.method {
        object.insert("method".to_owned(), Value::String(method));
    }
    links.insert(relation.to_owned(), Value::Object(object));
}
