//! How the group of a role is named: a template, and the way back from a name to its role.

use domain::{AccountId, RoleName, aws::AwsAccount};
use regex::Regex;

use crate::error::{Error, Result};

/// Okta's recommended form: `aws#northamerica-production#Tier1_Support#828416469395`.
pub const DEFAULT_TEMPLATE: &str = "aws#${alias}#${role}#${accountid}";
/// What describes a group when nothing else is said.
pub const DEFAULT_DESCRIPTION: &str = "AWS role ${role} in ${account} (${accountid})";
/// Characters of a template, at most.
const LONGEST_TEMPLATE: usize = 500;
/// Every part that a template may name.
const PARTS: [(&str, Part); 4] =
    [("alias", Part::Alias), ("account", Part::Account), ("role", Part::Role), ("accountid", Part::AccountId)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Alias,
    Account,
    Role,
    AccountId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Part(Part),
}

/// Text with `${alias}`, `${account}`, `${role}` and `${accountid}` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

impl Template {
    /// Reads a template of a description: any parts, or none.
    ///
    /// # Errors
    /// `Invalid` for an unknown part, an open `${`, a control character, or more than 500 characters.
    pub fn parse(field: &str, text: &str) -> Result<Self> {
        if text.chars().count() > LONGEST_TEMPLATE || text.chars().any(char::is_control) {
            let cause = format!("a template has at most {LONGEST_TEMPLATE} characters and no control characters");
            return Err(Error::invalid(field, cause));
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after
                .split_once('}')
                .ok_or_else(|| Error::invalid(field, format!("`{text}` has a `${{` without its `}}`")))?;
            let part = PARTS.iter().find(|(known, _)| *known == name).map(|(_, part)| *part);
            let part = part.ok_or_else(|| {
                let cause = "write `${alias}`, `${account}`, `${role}` or `${accountid}`";
                Error::invalid(field, format!("`${{{name}}}` is not known here: {cause}"))
            })?;
            pieces.extend([Piece::Text(before.to_owned()), Piece::Part(part)]);
            rest = behind;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        pieces.retain(|piece| *piece != Piece::Text(String::new()));
        Ok(Self(pieces))
    }

    /// Reads a template of a name. It must tell roles apart and lead back to them: `${role}` and `${accountid}` are in
    /// it once, with text between parts that follow each other.
    ///
    /// # Errors
    /// As [`Self::parse`], and when a part is missing, twice there, or runs into the next one.
    pub fn parse_name(field: &str, text: &str) -> Result<Self> {
        let template = Self::parse(field, text)?;
        let times = |part| template.0.iter().filter(|piece| **piece == Piece::Part(part)).count();
        if times(Part::Role) != 1 || times(Part::AccountId) != 1 {
            let cause =
                format!("`{text}` must hold `${{role}}` and `${{accountid}}` once each: they tell groups apart");
            return Err(Error::invalid(field, cause));
        }
        let runs_together = template.0.windows(2).any(|pair| matches!(pair, [Piece::Part(_), Piece::Part(_)]));
        if runs_together {
            let cause =
                format!("`{text}` has two parts without a character between them, and the name cannot be read back");
            return Err(Error::invalid(field, cause));
        }
        if text.trim() != text {
            return Err(Error::invalid(field, "a group's name has no blanks at its ends"));
        }
        Ok(template)
    }

    /// The text for one role.
    pub fn render(&self, account: &AwsAccount, role: &RoleName) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Part(Part::Alias) => alias(account),
                Piece::Part(Part::Account) => plain(&account.name),
                Piece::Part(Part::Role) => role.to_string(),
                Piece::Part(Part::AccountId) => account.id.to_string(),
            })
            .collect()
    }

    /// What reads names that this template made.
    pub(super) fn reader(&self) -> Result<NameReader> {
        let expression = self.expression("(?<role>[a-zA-Z0-9_+=,.@-]{1,64})", "(?<account>[0-9]{12})");
        Regex::new(&format!("^(?i:{expression})$"))
            .map(NameReader)
            .map_err(|error| Error::Internal(format!("a template's names cannot be read: {error}")))
    }

    /// A group filter that reads names which this template made.
    pub(super) fn group_filter(&self) -> String {
        self.expression(r"(?{{role}}[\w+=,.@\-]+)", r"(?{{accountid}}\d{12})")
    }

    fn expression(&self, role: &str, account: &str) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => regex::escape(text),
                Piece::Part(Part::Alias | Part::Account) => ".+".to_owned(),
                Piece::Part(Part::Role) => role.to_owned(),
                Piece::Part(Part::AccountId) => account.to_owned(),
            })
            .collect()
    }
}

/// The alias; without one, the account's name with everything but letters, digits, `_`, `.` and `-` as `-`, because
/// Okta's documented expression wants a word without blanks there; without a name, the id.
fn alias(account: &AwsAccount) -> String {
    let legal = |character: char| character.is_ascii_alphanumeric() || "_.-".contains(character);
    let word = |name: String| -> String {
        name.chars().map(|character| if legal(character) { character } else { '-' }).collect()
    };
    let named = account.alias.clone().unwrap_or_else(|| word(plain(&account.name)));
    if named.is_empty() { account.id.to_string() } else { named }
}

/// Without what no group's name may hold: control characters, blanks at the ends.
pub(super) fn plain(name: &str) -> String {
    name.replace(char::is_control, " ").trim().to_owned()
}

/// Reads names of role groups.
#[derive(Debug)]
pub(super) struct NameReader(Regex);

impl NameReader {
    /// Account and role of a name; `None` for a name that the template does not make.
    pub(super) fn read(&self, name: &str) -> Option<(AccountId, RoleName)> {
        let found = self.0.captures(name)?;
        Some((found.name("account")?.as_str().parse().ok()?, found.name("role")?.as_str().parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use entitlement::mapping::{GroupFilter, NameReading};
    use testkit::sample;

    use super::*;

    fn account(alias: Option<&str>) -> AwsAccount {
        let mut account = sample::aws_account(&sample::app("AWS"), 1);
        account.alias = alias.map(str::to_owned);
        account.name = "North America (prod)".to_owned();
        account
    }

    fn name(text: &str) -> Template {
        Template::parse_name("template", text).unwrap()
    }

    #[test]
    fn the_default_is_the_form_that_okta_recommends() {
        let role = "Tier1_Support".parse().unwrap();
        let made = name(DEFAULT_TEMPLATE).render(&account(Some("na-prod")), &role);
        assert_eq!(made, "aws#na-prod#Tier1_Support#000000000001");
        let made = name(DEFAULT_TEMPLATE).render(&account(None), &role);
        assert_eq!(made, "aws#North-America--prod-#Tier1_Support#000000000001");
        let nameless = AwsAccount { name: " \t".to_owned(), ..account(None) };
        assert_eq!(name(DEFAULT_TEMPLATE).render(&nameless, &role), "aws#000000000001#Tier1_Support#000000000001");
    }

    #[test]
    fn an_account_s_name_brings_no_control_characters_and_no_blanks_at_the_end() {
        let account = AwsAccount { name: " a\nb\u{85} ".to_owned(), ..account(None) };
        let made = name("${role}#${accountid} ${account}").render(&account, &"R".parse().unwrap());
        assert_eq!(made, "R#000000000001 a b");
    }

    #[test]
    fn the_group_filter_that_goes_with_a_template_reads_its_names() {
        let role: RoleName = "a+b=c,d.e@f-g_h".parse().unwrap();
        for text in [DEFAULT_TEMPLATE, "aws_${accountid}_${role}", "${role} of ${account} (${accountid})"] {
            let template = name(text);
            let filter = GroupFilter::parse(&template.group_filter()).unwrap();
            let NameReading::Match(parts) = filter.read(&template.render(&account(Some("x")), &role)) else {
                panic!("{} does not read its names", template.group_filter());
            };
            let taken: Vec<_> = parts.iter().collect();
            assert_eq!(taken, [("accountid", "000000000001"), ("role", role.as_str())]);
        }
    }

    #[test]
    fn a_name_leads_back_to_its_role() {
        let role: RoleName = "a+b=c,d.e@f-g_h".parse().unwrap();
        for text in [DEFAULT_TEMPLATE, "aws_${accountid}_${role}", "${role} of ${account} (${accountid})"] {
            let template = name(text);
            let made = template.render(&account(Some("x")), &role);
            let read = template.reader().unwrap().read(&made);
            assert_eq!(read, Some((sample::account_id(1), role.clone())), "{made}");
        }
        let reader = name(DEFAULT_TEMPLATE).reader().unwrap();
        assert_eq!(reader.read("aws#x#Admin#1"), None);
        assert_eq!(reader.read("Domain Admins"), None);
    }

    #[test]
    fn a_template_that_cannot_tell_roles_apart_is_refused() {
        for text in [
            "aws#${role}",
            "aws#${accountid}",
            "${role}${accountid}",
            "${role}#${role}#${accountid}",
            "${role}#${accountid}#${team}",
            "${role}#${accountid}#${",
            " ${role}#${accountid}",
            "${role}#${accountid}\n",
        ] {
            assert!(Template::parse_name("template", text).is_err(), "{text:?}");
        }
    }
}
