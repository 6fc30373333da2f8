//! Whether an expression holds for a person.

use std::borrow::Cow;

use domain::{Group, UserProfile};
use serde_json::Value;

use super::{Expression, GroupTest, Operand};

/// What is known of a person.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The attributes: `login`, `email`, `firstName`, `lastName` and the further ones.
    pub profile: &'a UserProfile,
    /// Whether the person is in a group like this.
    pub is_in: &'a dyn Fn(&GroupTest) -> bool,
}

impl<'a> Subject<'a> {
    fn attribute(&self, name: &str) -> Cow<'a, Value> {
        let known = match name {
            "login" => self.profile.login.as_str(),
            "email" => self.profile.email.as_str(),
            "firstName" => &self.profile.first_name,
            "lastName" => &self.profile.last_name,
            further => return self.profile.extra.get(further).map_or(Cow::Owned(Value::Null), Cow::Borrowed),
        };
        Cow::Owned(Value::String(known.to_owned()))
    }

    fn value<'e>(&self, operand: &'e Operand) -> Cow<'e, Value>
    where
        'a: 'e,
    {
        match operand {
            Operand::Attribute(name) => self.attribute(name),
            Operand::Value(value) => Cow::Borrowed(value),
        }
    }
}

pub(super) fn holds(expression: &Expression, subject: &Subject<'_>) -> bool {
    match expression {
        Expression::And(parts) => parts.iter().all(|part| holds(part, subject)),
        Expression::Or(parts) => parts.iter().any(|part| holds(part, subject)),
        Expression::Not(inner) => !holds(inner, subject),
        Expression::Same(left, right) => subject.value(left) == subject.value(right),
        Expression::Different(left, right) => subject.value(left) != subject.value(right),
        Expression::StartsWith(text, start) => of_texts(subject, text, start, |text, start| text.starts_with(start)),
        Expression::Contains(text, part) => of_texts(subject, text, part, |text, part| text.contains(part)),
        Expression::MemberOf(test) => (subject.is_in)(test),
    }
}

/// What is no text begins with nothing and holds nothing.
fn of_texts(subject: &Subject<'_>, left: &Operand, right: &Operand, compare: fn(&str, &str) -> bool) -> bool {
    match (&*subject.value(left), &*subject.value(right)) {
        (Value::String(left), Value::String(right)) => compare(left, right),
        _ => false,
    }
}

impl GroupTest {
    /// Whether a group is like this.
    pub fn is_met_by(&self, group: &Group) -> bool {
        match self {
            Self::Named(name) => group.name == *name,
            Self::NameStartsWith(start) => group.name.starts_with(start),
            Self::NameContains(part) => group.name.contains(part),
            Self::Id(id) => group.id.as_str() == id,
            Self::AnyId(ids) => ids.iter().any(|id| group.id.as_str() == id),
        }
    }
}
