//! Names a browser or client by what it says of itself, for a person to recognise their own sessions. Decides nothing.

/// `Firefox on Windows`, `gimme-aws-creds`, `curl 8.5.0`; the text itself, cut short, when nothing is recognised.
pub fn describe(user_agent: &str) -> String {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let browser = BROWSERS.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name);
    match (browser, system(user_agent)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => client(user_agent),
    }
}

fn system(user_agent: &str) -> Option<&'static str> {
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    SYSTEMS.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
}

/// `curl/8.5.0 …` is `curl 8.5.0`.
fn client(user_agent: &str) -> String {
    let first = user_agent.split_whitespace().next().unwrap_or_default();
    let name = if first.contains('/') { first.replacen('/', " ", 1) } else { user_agent.to_owned() };
    let shown: String = name.chars().take(60).collect();
    if shown.trim().is_empty() { "Unknown client".to_owned() } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_clients_are_named() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1";
        assert_eq!(describe(chrome), "Chrome on Linux");
        assert_eq!(describe(safari), "Safari on iPhone");
        assert_eq!(describe("python-requests/2.32.3"), "python-requests 2.32.3");
        assert_eq!(describe("Sample"), "Sample");
        assert_eq!(describe(" "), "Unknown client");
        assert_eq!(describe(&"x".repeat(500)).len(), 60);
    }
}
