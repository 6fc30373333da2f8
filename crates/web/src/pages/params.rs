//! Names and values of a query or a form, read so leniently that no link is refused for a value that nobody needs.

use axum::{
    body::to_bytes,
    extract::{FromRequest, FromRequestParts, Request},
    response::Response,
};
use http::request::Parts;

use crate::pages::error_page;

/// A form of ours is small; a `SAMLRequest` is the largest thing that comes.
const LARGEST_FORM: usize = 256 * 1024;

/// Pairs in the order in which they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads `a=b&c=d`. What is not UTF-8 becomes replacement characters.
    pub fn parse(text: &str) -> Self {
        let decode = |part: &str| {
            let blanks = part.replace('+', " ");
            percent_encoding::percent_decode_str(&blanks).decode_utf8_lossy().into_owned()
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (decode(k), decode(v))).collect(),
        )
    }

    /// The first value of this name that is not empty.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The same, without these names.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(key, _)| !names.contains(&key.as_str())).cloned().collect())
    }

    /// As a query, with its `?`; empty when there is nothing.
    pub fn query(&self) -> String {
        let pairs: Vec<String> =
            self.0.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Params {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }
}

/// A value of a query, percent-encoded. `/`, `:`, `@` and the like stay, for links that people read.
pub fn encode(text: &str) -> String {
    const ESCAPED: percent_encoding::AsciiSet = percent_encoding::NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'/')
        .remove(b':')
        .remove(b'@')
        .remove(b',');
    percent_encoding::utf8_percent_encode(text, &ESCAPED).to_string()
}

/// The query of a request.
pub struct Query(pub Params);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Params::parse(parts.uri.query().unwrap_or_default())))
    }
}

/// The fields of a form that was posted.
pub struct Fields(pub Params);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Response> {
        let bytes =
            to_bytes(request.into_body(), LARGEST_FORM).await.map_err(|_| error_page::form_too_large(LARGEST_FORM))?;
        Ok(Self(Params::parse(&String::from_utf8_lossy(&bytes))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_the_same_way() {
        let params = Params::parse("role=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2FA%2BB&q=a+b&q=c&flag&=x");
        assert_eq!(params.first("role"), Some("arn:aws:iam::111111111111:role/A+B"));
        assert_eq!(params.first("q"), Some("a b"));
        assert_eq!(params.first("flag"), None, "an empty value is none");
        assert_eq!(Params::parse(params.query().trim_start_matches('?')), params);
    }

    #[test]
    fn secrets_can_be_taken_out_of_an_address() {
        let params = Params::parse("sessionToken=20111&RelayState=https%3A%2F%2Fconsole.aws.amazon.com%2F%3Fa%3Db");
        let kept = params.without(&["sessionToken"]);
        assert_eq!(kept.query(), "?RelayState=https://console.aws.amazon.com/%3Fa%3Db");
    }

    #[test]
    fn rubbish_is_read_as_rubbish() {
        for text in ["%", "%zz=%", "&&&", "====", "a=%ff%fe"] {
            let params = Params::parse(text);
            assert!(params.query().is_ascii(), "{text}");
        }
    }
}
