//! A connection to a server's API: the token from a file or the variable, lists followed to their end, refusals as
//! messages with a hint. Commands that are about one app, or one directory, work below its path.

use std::time::Duration;

use anyhow::{Context, Result};
use domain::Secret;
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use serde_json::Value;

use crate::{
    cli::ServerArgs,
    output::{field, hinted, items},
};

/// Pages of a list that are followed at most.
const MAX_PAGES: usize = 10_000;

/// A server, and a path below which everything is asked for.
pub(super) struct Connection {
    client: Client,
    url: Url,
    token: Secret<String>,
    base: String,
}

impl Connection {
    /// Checks URL and token.
    pub(super) fn open(server: &ServerArgs) -> Result<Self> {
        let url = Url::parse(&server.url).map_err(|error| {
            hinted(format!("`{}` is not a URL: {error}", server.url), "write --url as `https://login.example.com`")
        })?;
        let client =
            Client::builder().timeout(Duration::from_mins(10)).connect_timeout(Duration::from_secs(10)).build()?;
        Ok(Self { client, url, token: token(server)?, base: "/api/v1".to_owned() })
    }

    /// The same below the path of an app, which need not be named when there is only one.
    pub(super) async fn of_app(server: &ServerArgs, app: Option<String>) -> Result<Self> {
        let connection = Self::open(server)?;
        let app = match app {
            Some(app) => app,
            None => only_app(&connection).await?,
        };
        Ok(connection.below(&format!("apps/{app}")))
    }

    /// The same below another path of the API.
    pub(super) fn below(self, path: &str) -> Self {
        Self { base: format!("{}/{path}", self.base), ..self }
    }

    /// Every page of a list, as one array.
    pub(super) async fn list(&self, place: &str, query: &[(&str, Option<String>)]) -> Result<Value> {
        let mut next = Some(self.place(place, query)?);
        let mut all = Vec::new();
        for _ in 0..MAX_PAGES {
            let Some(url) = next.take() else { break };
            let answer = self.send(Method::GET, &url, |request| request).await?;
            next = answer.headers().get_all("link").iter().find_map(|line| {
                let line = line.to_str().ok()?.strip_suffix(">; rel=\"next\"")?;
                Some(line.trim_start_matches('<').to_owned())
            });
            if let Value::Array(items) = answer.json::<Value>().await.context("the server's answer")? {
                all.extend(items);
            }
        }
        Ok(Value::Array(all))
    }

    /// One object.
    pub(super) async fn one(&self, place: &str, query: &[(&str, Option<String>)]) -> Result<Value> {
        let url = self.place(place, query)?;
        self.send(Method::GET, &url, |request| request).await?.json().await.context("the server's answer")
    }

    /// A file.
    pub(super) async fn file(&self, place: &str, query: &[(&str, Option<String>)]) -> Result<String> {
        let url = self.place(place, query)?;
        self.send(Method::GET, &url, |request| request).await?.text().await.context("the server's answer")
    }

    /// Sends a file, reads an object.
    pub(super) async fn post_file(
        &self,
        place: &str,
        query: &[(&str, Option<String>)],
        media_type: &str,
        file: Vec<u8>,
    ) -> Result<Value> {
        let url = self.place(place, query)?;
        let filled = |request: RequestBuilder| request.header("content-type", media_type).body(file);
        self.send(Method::POST, &url, filled).await?.json().await.context("the server's answer")
    }

    /// Sends a body, reads an object.
    pub(super) async fn post(&self, place: &str, body: &Value) -> Result<Value> {
        self.post_with(place, &[], body).await
    }

    /// The same with a query.
    pub(super) async fn post_with(&self, place: &str, query: &[(&str, Option<String>)], body: &Value) -> Result<Value> {
        let url = self.place(place, query)?;
        self.send(Method::POST, &url, |request| request.json(body)).await?.json().await.context("the server's answer")
    }

    fn place(&self, place: &str, query: &[(&str, Option<String>)]) -> Result<String> {
        let separator = if place.is_empty() { "" } else { "/" };
        let mut url = self.url.join(&format!("{}{separator}{place}", self.base))?;
        for (name, value) in query {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        Ok(url.into())
    }

    /// The token goes to the server that was named and nowhere else, whatever a `Link` says.
    async fn send(
        &self,
        method: Method,
        place: &str,
        filled: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response> {
        let mut url = self.url.join(place)?;
        if url.origin() != self.url.origin() {
            let (path, query) = (url.path().to_owned(), url.query().map(str::to_owned));
            url = self.url.join(&path)?;
            url.set_query(query.as_deref());
        }
        let request = self.client.request(method, url).header("authorization", format!("SSWS {}", self.token.expose()));
        let answer = filled(request).send().await.map_err(|error| {
            let why = if error.is_timeout() { "it did not answer in time" } else { "it could not be reached" };
            hinted(format!("the server `{}`: {why}", self.url), "check --url, and that `rolegate serve` runs there")
        })?;
        if answer.status().is_success() { Ok(answer) } else { Err(refused(answer).await) }
    }
}

/// The server's only app.
async fn only_app(connection: &Connection) -> Result<String> {
    let apps = connection.list("apps", &[("limit", Some("200".to_owned()))]).await?;
    let apps: Vec<(String, String)> = items(&apps).map(|app| (field(app, "/id"), field(app, "/label"))).collect();
    match apps.as_slice() {
        [(id, _)] => Ok(id.clone()),
        [] => Err(hinted(
            "the server has no app yet",
            "make one: POST /api/v1/apps with {\"name\":\"amazon_aws\",\"label\":\"AWS\"}",
        )),
        several => {
            let names: Vec<String> = several.iter().map(|(id, label)| format!("  --app {id}   {label}")).collect();
            Err(hinted("the server has several apps", format!("name one:\n{}", names.join("\n"))))
        }
    }
}

/// Okta's error object as a message with a hint.
async fn refused(answer: Response) -> anyhow::Error {
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    let summary = field(&body, "/errorSummary");
    let causes: Vec<String> =
        items(body.get("errorCauses").unwrap_or(&Value::Null)).map(|cause| field(cause, "/errorSummary")).collect();
    let hint = match status.as_u16() {
        401 => "the token is wrong, revoked or ended: make one with `rolegate admin token create --name NAME`",
        403 => "the token's role does not allow this: make one with `--role super_admin`",
        404 => "check the ids and names in the command",
        429 => "wait a little and try again",
        500.. => "the server's log says why; nothing was changed",
        _ => "the message says which value to change",
    };
    hinted(format!("{status}: {summary} {}", causes.join("; ")).trim_end().to_owned(), hint)
}

#[expect(clippy::disallowed_methods, reason = "the binary reads its settings")]
fn token(server: &ServerArgs) -> Result<Secret<String>> {
    let text = match &server.token_file {
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            hinted(format!("the token file `{}`: {error}", path.display()), "name an existing file")
        })?,
        None => std::env::var("ROLEGATE_API_TOKEN").map_err(|_| {
            hinted(
                "there is no API token",
                "set ROLEGATE_API_TOKEN or --token-file; `rolegate admin token create` makes one",
            )
        })?,
    };
    Ok(Secret::new(text.trim().to_owned()))
}
