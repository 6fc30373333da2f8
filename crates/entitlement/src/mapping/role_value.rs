//! `roleValuePattern`: what the named parts of a group's name become. Written as in Okta, `provider ARN,role ARN` with
//! `${part}` in it; kept field by field, so that a part can never leave the field it stands in.

use std::{borrow::Cow, fmt};

use domain::{AccountId, ArnError, Partition, ProviderArn, RoleArn, RoleName};

use super::{MappingError, MappingField, Parts, Refusal};

/// Characters of a pattern.
const MAX_CHARACTERS: usize = 2_048;
const SHAPE: &str = "write `arn:aws:iam::${accountid}:saml-provider/NAME,arn:aws:iam::${accountid}:role/${role}`";

/// A pattern that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleValuePattern {
    partition: Template,
    account: Template,
    provider: Template,
    role: Template,
}

/// What a group's name becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleValue {
    /// The provider that is sent.
    pub provider: ProviderArn,
    /// The role as the pattern writes it; its path may still be missing.
    pub role: RoleArn,
}

/// Why a name that matches makes no role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleValueMiss {
    /// A part that the pattern uses took nothing of the name.
    PartMissing(String),
    /// Not an AWS account id.
    Account(String),
    /// Not a partition.
    Partition(String),
    /// Not a role name, or not a path.
    Role(String),
    /// Not a provider's name.
    Provider(String),
}

impl RoleValuePattern {
    /// Reads a pattern; `parts` are those of the group filter.
    ///
    /// # Errors
    /// What is wrong with it, and what to write instead.
    pub fn parse<'a>(text: &str, parts: impl IntoIterator<Item = &'a str>) -> Result<Self, MappingError> {
        let parts: Vec<&str> = parts.into_iter().collect();
        read(text, Some(&parts)).map_err(|refusal| refusal.of(MappingField::RoleValuePattern))
    }

    /// Reads a pattern whatever parts the group filter has.
    pub(super) fn parse_alone(text: &str) -> Result<Self, MappingError> {
        read(text, None).map_err(|refusal| refusal.of(MappingField::RoleValuePattern))
    }

    /// The provider's name in a pattern, whatever parts the group filter has; `None` when it is made of parts, or when
    /// the pattern cannot be read.
    pub(crate) fn provider_name_in(text: &str) -> Option<String> {
        read(text, None).ok()?.provider.fixed().map(str::to_owned)
    }

    /// The partition in a pattern; `None` when it is made of parts, or when the pattern cannot be read.
    pub fn partition_in(text: &str) -> Option<Partition> {
        read(text, None).ok()?.partition.fixed()?.parse().ok()
    }

    /// The role that these parts make.
    ///
    /// # Errors
    /// The field that does not come out as it should.
    pub fn role_value(&self, parts: &Parts) -> Result<RoleValue, RoleValueMiss> {
        let partition = self.partition.fill(parts)?;
        let partition: Partition = partition.parse().map_err(|_| RoleValueMiss::Partition(partition.into_owned()))?;
        let account = self.account.fill(parts)?;
        let account: AccountId = account.parse().map_err(|_| RoleValueMiss::Account(account.into_owned()))?;
        let provider = self.provider.fill(parts)?;
        let provider = ProviderArn::new(partition, account, &provider)
            .map_err(|_| RoleValueMiss::Provider(provider.into_owned()))?;
        let written = self.role.fill(parts)?;
        let (path, name) = written
            .rsplit_once('/')
            .map_or((Cow::Borrowed("/"), &*written), |(path, name)| (format!("/{path}/").into(), name));
        // Legal in a path, but in an assertion they part the provider from the role.
        let role = if path.contains([',', ':']) { None } else { role_arn(partition, account, &path, name).ok() };
        let role = role.ok_or_else(|| RoleValueMiss::Role(written.into_owned()))?;
        Ok(RoleValue { provider, role })
    }

    /// The provider's name, when it is the same for every group.
    pub fn provider_name(&self) -> Option<&str> {
        self.provider.fixed()
    }
}

fn role_arn(partition: Partition, account: AccountId, path: &str, name: &str) -> Result<RoleArn, ArnError> {
    let name: RoleName = name.parse()?;
    RoleArn::new(partition, account, path, name)
}

fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::new("role_value_malformed", message, SHAPE)
}

fn read(text: &str, parts: Option<&[&str]>) -> Result<RoleValuePattern, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_CHARACTERS {
        return Err(malformed(format!("it has to have 1 to {MAX_CHARACTERS} characters")));
    }
    let (one, other) = two_arns(text)?;
    let (provider, role) = pair(one.resource, other.resource).ok_or_else(|| {
        malformed(format!(
            "it is a pair of `{}` and `{}`, not of `saml-provider/…` and `role/…`",
            clip(one.resource),
            clip(other.resource)
        ))
    })?;
    if (one.partition, one.account) != (other.partition, other.account) {
        return Err(Refusal::new(
            "role_value_two_accounts",
            format!(
                "provider and role are written for different accounts, `{}:{}` and `{}:{}`",
                clip(one.partition),
                clip(one.account),
                clip(other.partition),
                clip(other.account)
            ),
            "write the same partition and account in both: AWS wants provider and role in one account",
        ));
    }
    let template = |text| Template::read(text, parts);
    let pattern = RoleValuePattern {
        partition: template(one.partition)?,
        account: template(one.account)?,
        provider: template(provider)?,
        role: template(role)?,
    };
    pattern.must_be_possible()?;
    Ok(pattern)
}

/// The provider's name and the role, in whatever order they stand.
fn pair<'a>(one: &'a str, other: &'a str) -> Option<(&'a str, &'a str)> {
    let either =
        |one: &'a str, other: &'a str| Some((one.strip_prefix("saml-provider/")?, other.strip_prefix("role/")?));
    either(one, other).or_else(|| either(other, one))
}

/// `arn:{partition}:iam::{account}:{resource}`.
struct Arn<'a> {
    partition: &'a str,
    account: &'a str,
    resource: &'a str,
}

/// The comma that parts them is the one before the second ARN: role names may hold commas too.
fn two_arns(text: &str) -> Result<(Arn<'_>, Arn<'_>), Refusal> {
    let comma = text.match_indices(',').find_map(|(index, _)| {
        let (one, other) = (text.get(..index)?, text.get(index + 1..)?.trim_start());
        other.starts_with("arn:").then_some((one.trim_end(), other))
    });
    let (one, other) =
        comma.ok_or_else(|| malformed(format!("`{}` is not two ARNs with a comma between them", clip(text))))?;
    let read = |text| arn(text).ok_or_else(|| malformed(format!("`{}` is not the ARN of an IAM resource", clip(text))));
    Ok((read(one)?, read(other)?))
}

fn arn(text: &str) -> Option<Arn<'_>> {
    let mut fields = text.splitn(6, ':');
    let mut next = || fields.next();
    let (arn, partition, iam, region, account, resource) = (next()?, next()?, next()?, next()?, next()?, next()?);
    (arn == "arn" && iam == "iam" && region.is_empty()).then_some(Arn { partition, account, resource })
}

impl RoleValuePattern {
    /// What stands in it as it is must be legal, whatever the parts turn out to be.
    fn must_be_possible(&self) -> Result<(), Refusal> {
        if let Some(partition) = self.partition.fixed().filter(|text| text.parse::<Partition>().is_err()) {
            let known: Vec<String> = Partition::ALL.iter().map(|partition| format!("`{partition}`")).collect();
            let message = format!("`{}` is not a partition of AWS", clip(partition));
            return Err(Refusal::new("role_value_malformed", message, format!("write one of {}", known.join(", "))));
        }
        if let Some(account) = self.account.fixed().filter(|text| text.parse::<AccountId>().is_err()) {
            let message = format!("`{}` is not an account id", clip(account));
            return Err(Refusal::new("role_value_malformed", message, "write `${accountid}`, or 12 digits"));
        }
        let anything = self.provider.parts().chain(self.role.parts()).map(|part| (part.into(), "x".to_owned()));
        let anything: Parts = anything.collect();
        let somewhere = Self {
            partition: Template::fixed_text(Partition::Aws.as_str()),
            account: Template::fixed_text("000000000000"),
            ..self.clone()
        };
        match somewhere.role_value(&anything) {
            Err(RoleValueMiss::Provider(_)) => Err(Refusal::new(
                "role_value_malformed",
                format!("`{}` cannot be the name of a SAML provider", clip(&self.provider.to_string())),
                "put the provider's name in AWS behind `saml-provider/`: 1 to 128 letters, digits and `._-`",
            )),
            Err(_) => Err(Refusal::new(
                "role_value_malformed",
                format!("`{}` cannot be the name of a role", clip(&self.role.to_string())),
                "write `role/${role}`, or a fixed name of 1 to 64 letters, digits and `_+=,.@-`, with its path before it",
            )),
            Ok(_) => Ok(()),
        }
    }
}

/// Text with parts to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Part(String),
}

impl Template {
    fn fixed_text(text: &str) -> Self {
        Self(vec![Piece::Text(text.to_owned())])
    }

    fn read(text: &str, parts: Option<&[&str]>) -> Result<Self, Refusal> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${") {
            let (part, behind) =
                behind.split_once('}').ok_or_else(|| malformed(format!("`${{{}` is not closed", clip(behind))))?;
            if let Some(parts) = parts.filter(|parts| !parts.contains(&part)) {
                return Err(unknown_part(part, parts));
            }
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Part(part.to_owned()));
            rest = behind;
        }
        if !rest.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    fn fill<'a>(&'a self, parts: &'a Parts) -> Result<Cow<'a, str>, RoleValueMiss> {
        let fill = |piece: &'a Piece| match piece {
            Piece::Text(text) => Ok(text.as_str()),
            Piece::Part(part) => parts.taken(part).ok_or_else(|| RoleValueMiss::PartMissing(part.clone())),
        };
        match self.0.as_slice() {
            [piece] => fill(piece).map(Cow::Borrowed),
            pieces => pieces.iter().map(fill).collect::<Result<String, _>>().map(Cow::Owned),
        }
    }

    /// The text, when there is nothing to fill in.
    fn fixed(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Part(part) => Some(part.as_str()),
            Piece::Text(_) => None,
        })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => formatter.write_str(text),
            Piece::Part(part) => write!(formatter, "${{{part}}}"),
        })
    }
}

fn unknown_part(part: &str, parts: &[&str]) -> Refusal {
    let known = match parts {
        [] => "the group filter has no named parts".to_owned(),
        parts => {
            let known: Vec<String> = parts.iter().map(|part| format!("`${{{part}}}`")).collect();
            format!("the group filter gives {}", known.join(", "))
        }
    };
    let hint = match parts.iter().find(|known| known.eq_ignore_ascii_case(part)) {
        Some(meant) => format!("write `${{{meant}}}`: case matters"),
        None => format!("add a part `(?{{{{{}}}}}…)` to the group filter, or write one of its parts", clip(part)),
    };
    Refusal::new("role_value_unknown_part", format!("`${{{}}}` is not known: {known}", clip(part)), hint)
}

fn clip(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests;
