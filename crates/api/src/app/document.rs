//! The parts of Okta's app object that mean nothing here: kept as they came, and completed with Okta's defaults on the
//! way out, because clients read through `visibility` and `accessibility` without asking whether they are there.

use serde_json::{Map, Value, json};

/// What is decided here or elsewhere in the object, and never kept.
const OURS: [&str; 9] =
    ["id", "name", "label", "status", "created", "lastUpdated", "signOnMode", "_links", "_embedded"];

/// What to keep of an object that a client sent.
pub(super) fn kept(mut sent: Map<String, Value>) -> Map<String, Value> {
    for name in OURS {
        sent.shift_remove(name);
    }
    prune(&mut sent, "settings", &["app"]);
    prune(&mut sent, "credentials", &["signing"]);
    if let Some(Value::Object(credentials)) = sent.get_mut("credentials") {
        prune(credentials, "userNameTemplate", &["template"]);
        if credentials.is_empty() {
            sent.shift_remove("credentials");
        }
    }
    sent
}

/// Removes parts of `object.name`, and all of it when nothing is left.
fn prune(object: &mut Map<String, Value>, name: &str, parts: &[&str]) {
    if let Some(Value::Object(inner)) = object.get_mut(name) {
        for part in parts {
            inner.shift_remove(*part);
        }
        if inner.is_empty() {
            object.shift_remove(name);
        }
    }
}

/// What was kept, over Okta's defaults.
pub(super) fn with_defaults(kept: &Map<String, Value>) -> Map<String, Value> {
    let mut whole = defaults();
    lay_over(&mut whole, kept);
    match whole {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// As in a new instance at Okta.
fn defaults() -> Value {
    json!({
        "accessibility": { "selfService": false, "errorRedirectUrl": null, "loginRedirectUrl": null },
        "visibility": {
            "autoLaunch": false,
            "autoSubmitToolbar": false,
            "hide": { "iOS": false, "web": false },
            "appLinks": { "login": true },
        },
        "features": [],
        "credentials": { "userNameTemplate": { "template": "", "type": "BUILT_IN" } },
        "settings": {
            "notifications": { "vpn": { "network": { "connection": "DISABLED" }, "message": null, "helpUrl": null } },
            "manualProvisioning": false,
            "implicitAssignment": false,
            "notes": { "admin": null, "enduser": null },
            "signOn": {
                "defaultRelayState": null,
                "ssoAcsUrlOverride": null,
                "audienceOverride": null,
                "recipientOverride": null,
                "destinationOverride": null,
                "attributeStatements": [],
            },
        },
    })
}

/// Objects are joined, everything else is replaced; `null` does not replace an object that clients count on.
fn lay_over(base: &mut Value, over: &Map<String, Value>) {
    let Value::Object(base) = base else { return };
    for (name, value) in over {
        match (base.get_mut(name), value) {
            (Some(inner @ Value::Object(_)), Value::Object(over)) => lay_over(inner, over),
            (Some(Value::Object(_)), Value::Null) => {}
            _ => {
                base.insert(name.clone(), value.clone());
            }
        }
    }
}
