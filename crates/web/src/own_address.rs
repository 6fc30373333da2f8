//! Where a link may send a person after sign-in: to our own pages, nowhere else.

use usecases::PublicUrl;

/// Longer ones are no link of ours.
const LONGEST: usize = 4_096;

/// The absolute URL of our own page that `target` names: a path (`/app/…`), or a whole URL of our own origin. `None` for
/// anything else. The answer always begins with our own origin and a `/`, so that no reading of the rest leads elsewhere.
pub fn own_address(public_url: &PublicUrl, target: &str) -> Option<String> {
    let clean = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'`');
    if target.len() > LONGEST || !target.bytes().all(clean) {
        return None;
    }
    let path = if target.starts_with('/') { target } else { path_at(public_url.as_str(), target)? };
    match path {
        "" => Some(public_url.join("/")),
        _ if path.starts_with("//") => None,
        _ if path.starts_with('/') => Some(public_url.join(path)),
        _ if path.starts_with(['?', '#']) => Some(public_url.join(&format!("/{path}"))),
        _ => None,
    }
}

/// What follows our own origin in `target`; scheme and host are compared without regard to case.
fn path_at<'a>(origin: &str, target: &'a str) -> Option<&'a str> {
    let (head, rest) = target.split_at_checked(origin.len())?;
    head.eq_ignore_ascii_case(origin).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(target: &str) -> Option<String> {
        own_address(&PublicUrl::parse("https://id.example.com").unwrap(), target)
    }

    #[test]
    fn own_pages_are_kept() {
        for (target, url) in [
            ("/", "https://id.example.com/"),
            ("/home/amazon_aws/0oa1/272?x=//evil", "https://id.example.com/home/amazon_aws/0oa1/272?x=//evil"),
            ("https://id.example.com", "https://id.example.com/"),
            ("HTTPS://ID.example.com/a", "https://id.example.com/a"),
            ("https://id.example.com?x=1", "https://id.example.com/?x=1"),
            ("https://id.example.com#top", "https://id.example.com/#top"),
        ] {
            assert_eq!(at(target).as_deref(), Some(url), "{target}");
        }
    }

    #[test]
    fn no_other_place_is_taken() {
        for target in [
            "",
            "//evil.example",
            "///evil.example",
            r"/\evil.example",
            r"\\evil.example",
            "https://evil.example/",
            "https://id.example.com.evil.example/",
            "https://id.example.com@evil.example/",
            "https://id.example.com:443@evil.example/",
            "https://user:pass@id.example.com/",
            "https://id.example.com:8443/",
            "https://id.example.com//evil.example",
            "http://id.example.com/",
            "javascript:alert(1)",
            "data:text/html,x",
            "evil",
            " /",
            "/\tevil",
            "/\r\nSet-Cookie: a=b",
            "/ä",
            "https:/evil.example",
            "https:evil.example",
        ] {
            assert_eq!(at(target), None, "{target:?}");
        }
        assert_eq!(at(&format!("/{}", "a".repeat(5_000))), None, "too long");
    }
}
