//! Style sheet, script and icon, inside the binary. Their addresses hold a hash of what they hold, so that browsers keep
//! them for a year and never show an old one with a new page.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::LazyLock,
};

use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderValue, header};

use crate::{pages::error_page, state::WebState};

/// One file.
struct Asset {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    content: &'static str,
}

const STYLE: Asset = Asset {
    stem: "rolegate",
    extension: "css",
    content_type: "text/css; charset=utf-8",
    content: include_str!("../../static/rolegate.css"),
};
const SCRIPT: Asset = Asset {
    stem: "rolegate",
    extension: "js",
    content_type: "text/javascript; charset=utf-8",
    content: include_str!("../../static/rolegate.js"),
};
const ICON: Asset = Asset {
    stem: "icon",
    extension: "svg",
    content_type: "image/svg+xml",
    content: include_str!("../../static/icon.svg"),
};

impl Asset {
    fn hashed_name(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.content.hash(&mut hasher);
        format!("{}-{:016x}.{}", self.stem, hasher.finish(), self.extension)
    }

    fn plain_name(&self) -> String {
        format!("{}.{}", self.stem, self.extension)
    }

    fn answer(&self, cache: &'static str) -> Response {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(self.content_type)),
            (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        ];
        (headers, self.content).into_response()
    }
}

/// Where the files are, as paths.
#[derive(Debug)]
pub struct Addresses {
    /// The style sheet.
    pub style: String,
    /// The script.
    pub script: String,
    /// The icon.
    pub icon: String,
}

/// The same for the life of the process.
pub static ADDRESSES: LazyLock<Addresses> = LazyLock::new(|| {
    let path = |asset: &Asset| format!("/static/{}", asset.hashed_name());
    Addresses { style: path(&STYLE), script: path(&SCRIPT), icon: path(&ICON) }
});

/// `/static/{file}` and `/favicon.ico`.
pub fn router() -> Router<WebState> {
    Router::new().route("/static/{file}", get(file)).route("/favicon.ico", get(favicon))
}

async fn file(Path(name): Path<String>) -> Response {
    for asset in [&STYLE, &SCRIPT, &ICON] {
        if name == asset.hashed_name() {
            return asset.answer("public, max-age=31536000, immutable");
        }
        // The plain name, and a name that another version gave out while nodes are being replaced.
        let hashed = name.starts_with(&format!("{}-", asset.stem)) && name.ends_with(&format!(".{}", asset.extension));
        if hashed || name == asset.plain_name() {
            return asset.answer("no-cache");
        }
    }
    error_page::not_found()
}

async fn favicon() -> Response {
    ICON.answer("public, max-age=86400")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_under_its_hash_is_kept_and_under_another_name_asked_for_again() {
        let cache = |response: Response| response.headers()[header::CACHE_CONTROL].to_str().unwrap().to_owned();
        let name = ADDRESSES.style.trim_start_matches("/static/").to_owned();
        assert!(cache(file(Path(name)).await).contains("immutable"));
        for name in ["rolegate.css", "rolegate-0000000000000000.css"] {
            let response = file(Path(name.to_owned())).await;
            assert_eq!(response.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
            assert_eq!(cache(response), "no-cache");
        }
        assert_eq!(file(Path("other.css".to_owned())).await.status(), http::StatusCode::NOT_FOUND);
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for asset in [&STYLE, &SCRIPT] {
            assert!(!asset.content.contains("http://") && !asset.content.contains("https://"), "{}", asset.extension);
            assert!(!asset.content.contains("@import") && !asset.content.contains("eval("));
        }
    }
}
