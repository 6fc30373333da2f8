//! Role groups in words. Names and descriptions come from directories: a line end in them begins no line here.

use serde_json::Value;

use super::list;
use crate::output::field;

/// Missing and orphaned groups.
pub(super) fn status(status: &Value) -> String {
    let missing = list(status, "missing").map(|group| format!("missing   {}", named(group, "/role")));
    let orphaned = list(status, "orphaned").flat_map(|orphan| {
        let place = format!("orphaned  {} from {}", plain(orphan, "/name"), plain(orphan, "/source"));
        [place, format!("          {}: {}", field(orphan, "/code"), plain(orphan, "/explanation"))]
    });
    let counts = format!(
        "{} roles have a group, {} have none; {} groups have no role",
        field(status, "/present"),
        list(status, "missing").count(),
        list(status, "orphaned").count()
    );
    missing.chain(orphaned).chain([counts]).collect::<Vec<_>>().join("\n")
}

/// What would be done, is in the way, or is probably not meant.
pub(super) fn difference(shown: &Value) -> String {
    let deletes = shown.get("deleteOrphaned") == Some(&Value::Bool(true));
    let create = list(shown, "create").map(|group| format!("+ {}", named(group, "/description")));
    let describe = list(shown, "describe").map(|change| {
        format!("~ {}: `{}` becomes `{}`", plain(change, "/name"), plain(change, "/from"), plain(change, "/to"))
    });
    let orphaned = list(shown, "orphaned").flat_map(|orphan| {
        let sign = if deletes { "-" } else { "?" };
        let people = if orphan.get("hasMembers") == Some(&Value::Bool(true)) { " (somebody is in it)" } else { "" };
        let what = format!("  {}: {}", field(orphan, "/code"), plain(orphan, "/explanation"));
        [format!("{sign} {}{people}", plain(orphan, "/place")), what]
    });
    let obstacles = list(shown, "obstacles").flat_map(|obstacle| remark("!", obstacle));
    let notes = list(shown, "notes").flat_map(|note| remark("note", note));
    create
        .chain(describe)
        .chain(orphaned)
        .chain(obstacles)
        .chain(notes)
        .chain([counts(shown, deletes)])
        .collect::<Vec<_>>()
        .join("\n")
}

fn remark(mark: &str, remark: &Value) -> [String; 2] {
    let what = format!("{mark} {}: {}", field(remark, "/code"), plain(remark, "/explanation"));
    [what, format!("  hint: {}", plain(remark, "/fix"))]
}

fn counts(shown: &Value, deletes: bool) -> String {
    let count = |key: &str| list(shown, key).count();
    let orphaned = match (count("orphaned"), deletes) {
        (0, _) => "0 to remove".to_owned(),
        (some, true) => format!("{some} to remove"),
        (some, false) => format!("0 to remove ({some} without a role stay: --delete-orphaned)"),
    };
    format!(
        "{} to make, {} to describe, {orphaned}, {} as they should be, {} that cannot be made",
        count("create"),
        count("describe"),
        field(shown, "/unchanged"),
        count("obstacles")
    )
}

/// Whether there is anything to write.
pub(super) fn has_changes(shown: &Value) -> bool {
    let deletes = shown.get("deleteOrphaned") == Some(&Value::Bool(true));
    let is_there = |key: &str| list(shown, key).next().is_some();
    is_there("create") || is_there("describe") || (deletes && is_there("orphaned"))
}

/// What was done and what was refused.
pub(super) fn changes(done: &Value) -> String {
    let refused = |change: &&Value| change.get("error").is_some_and(|error| !error.is_null());
    let count =
        |kind: &str| list(done, "changes").filter(|change| field(change, "/kind") == kind && !refused(change)).count();
    let told = list(done, "changes").filter(refused).flat_map(|change| {
        let what = plain(change, "/error/explanation");
        [
            format!("REFUSED  {} {}: {what}", field(change, "/kind"), plain(change, "/name")),
            format!("         hint: {}", plain(change, "/error/fix")),
        ]
    });
    let stopped = Some(plain(done, "/stopped")).filter(|why| !why.is_empty());
    let counts = format!(
        "{} made, {} described, {} removed, {} refused",
        count("CREATE"),
        count("DESCRIBE"),
        count("DELETE"),
        list(done, "changes").filter(refused).count()
    );
    told.chain(stopped.map(|why| format!("STOPPED  {why}"))).chain([counts]).collect::<Vec<_>>().join("\n")
}

/// What a file did or would do.
pub(super) fn imported(done: &Value) -> String {
    let names = |key: &str, sign: &'static str| {
        let names = list(done, key).filter_map(Value::as_str);
        names.map(move |name| format!("{sign} {}", inert(name))).collect::<Vec<_>>()
    };
    let links = list(done, "linked")
        .map(|link| format!("> {} into {}", plain(link, "/managementGroup"), plain(link, "/roleGroup")))
        .collect();
    let verb = if done.get("dryRun") == Some(&Value::Bool(true)) { "would be" } else { "were" };
    let counts = format!(
        "{} groups {verb} made, {} described, {} put into others; {} rows change nothing",
        list(done, "created").count(),
        list(done, "described").count(),
        list(done, "linked").count(),
        field(done, "/unchanged")
    );
    [names("created", "+"), names("described", "~"), links, vec![counts]].concat().join("\n")
}

fn named(group: &Value, more: &str) -> String {
    format!("{}  {}", plain(group, "/name"), plain(group, more)).trim_end().to_owned()
}

fn plain(value: &Value, pointer: &str) -> String {
    inert(&field(value, pointer))
}

fn inert(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_is_told_line_by_line_and_steers_no_terminal() {
        let shown = json!({
            "deleteOrphaned": false, "unchanged": 7,
            "create": [{ "name": "aws#a#R#1", "description": "R in A" }],
            "describe": [{ "name": "aws#a#S#1", "from": "\u{1b}[2Jold", "to": "new" }],
            "orphaned": [{ "place": "cn=aws#a#T#1,ou=x", "hasMembers": true, "code": "role_gone", "explanation": "it is gone" }],
            "obstacles": [{ "code": "name_too_long", "explanation": "it is long", "fix": "shorten it" }],
            "notes": [{ "code": "mapping_off", "explanation": "it is off", "fix": "turn it on" }],
        });
        assert_eq!(
            difference(&shown),
            "+ aws#a#R#1  R in A\n\
             ~ aws#a#S#1: `\u{fffd}[2Jold` becomes `new`\n\
             ? cn=aws#a#T#1,ou=x (somebody is in it)\n  role_gone: it is gone\n\
             ! name_too_long: it is long\n  hint: shorten it\n\
             note mapping_off: it is off\n  hint: turn it on\n\
             1 to make, 1 to describe, 0 to remove (1 without a role stay: --delete-orphaned), 7 as they should be, \
             1 that cannot be made"
        );
    }

    #[test]
    fn what_was_refused_is_told_and_the_rest_counted() {
        let done = json!({ "stopped": "the server stopped", "changes": [
            { "kind": "CREATE", "name": "a", "error": null },
            { "kind": "DELETE", "name": "b", "error": { "explanation": "no", "fix": "ask" } },
        ]});
        assert_eq!(
            changes(&done),
            "REFUSED  DELETE b: no\n         hint: ask\nSTOPPED  the server stopped\n1 made, 0 described, 0 removed, 1 refused"
        );
    }
}
