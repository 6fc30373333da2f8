//! `appLinks`: the tiles of a person's portal as Okta's clients read them.

use domain::{App, UserId};
use serde::{Deserialize, Serialize};

/// One tile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppLink {
    /// As `appAssignmentId`.
    pub id: String,
    /// The app's name for people; unique, clients tell apps apart by it.
    pub label: String,
    /// `https://host/home/amazon_aws/{appInstanceId}/272`: clients count the slashes.
    pub link_url: String,
    /// A picture.
    pub logo_url: String,
    /// `amazon_aws`.
    pub app_name: String,
    /// `0oa…`.
    pub app_instance_id: String,
    /// `0ua…`: of this person in this app.
    pub app_assignment_id: String,
    /// No credentials are kept for the app.
    pub credentials_setup: bool,
    /// Whether the tile is not shown (`visibility.hide.web`).
    pub hidden: bool,
    /// In the order of the list.
    pub sort_order: usize,
}

impl AppLink {
    /// The link of `app` for this person, at place `sort_order`; `base` is the public URL.
    pub fn new(app: &App, user: &UserId, sort_order: usize, base: &str) -> Self {
        let hide = app.document.get("visibility").and_then(|visibility| visibility.get("hide"));
        let id = assignment_id(app, user);
        Self {
            label: app.label.clone(),
            link_url: format!("{base}/home/{}/{}/272", domain::app::AMAZON_AWS, app.id),
            logo_url: format!("{base}/static/icon.svg"),
            app_name: domain::app::AMAZON_AWS.to_owned(),
            app_instance_id: app.id.to_string(),
            app_assignment_id: id.clone(),
            id,
            credentials_setup: false,
            hidden: hide.and_then(|hide| hide.get("web")).and_then(serde_json::Value::as_bool).unwrap_or(false),
            sort_order,
        }
    }
}

/// An id that stays: from the unchanging tails of both ids.
fn assignment_id(app: &App, user: &UserId) -> String {
    let tail = |id: &str, count: usize| id.chars().skip(3).take(count).collect::<String>();
    format!("0ua{}{}", tail(app.id.as_str(), 8), tail(user.as_str(), 9))
}
