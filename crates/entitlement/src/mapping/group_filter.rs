//! `groupFilter`: which group names grant, and which parts of the name say what. The whole name has to match.

use std::sync::Arc;

use super::{
    MappingError, MappingField, Parts,
    expression::{self, Expression, NameForm, Reading},
};

/// A compiled group filter.
#[derive(Debug, Clone)]
pub struct GroupFilter {
    pub(super) expression: Expression,
    /// The named parts, in the expression's order.
    names: Vec<Arc<str>>,
}

/// What the filter says of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameReading {
    /// The whole name matches.
    Match(Parts),
    /// It does not.
    NoMatch,
    /// The name has more than 1,024 characters: it is not looked at.
    TooLong,
    /// The name has other characters than printable ASCII: it is not looked at.
    NotAscii,
    /// The filter took too many steps over it, which counts as no match.
    BudgetExceeded,
}

impl GroupFilter {
    /// Reads and compiles a filter.
    ///
    /// # Errors
    /// What is wrong with it, with the place and what to write instead.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        if text.is_empty() {
            let refusal = super::Refusal::new(
                "group_filter_empty",
                "it is empty, so that no group could grant anything",
                r"write an expression as `aws_(?{{accountid}}\d+)_(?{{role}}[a-zA-Z0-9+=,.@\-_]+)`",
            );
            return Err(refusal.of(MappingField::GroupFilter));
        }
        let expression = Expression::parse(text).map_err(|refusal| refusal.of(MappingField::GroupFilter))?;
        let names = expression.names().map(Arc::from).collect();
        Ok(Self { expression, names })
    }

    /// Tries the filter on names that would keep a careless one busy: asked before a filter is kept.
    ///
    /// # Errors
    /// `group_filter_too_slow`.
    pub fn must_be_quick(&self) -> Result<(), MappingError> {
        self.expression.must_be_quick().map_err(|refusal| refusal.of(MappingField::GroupFilter))
    }

    /// The named parts, in their order.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// Compares it with a group's name.
    pub fn read(&self, name: &str) -> NameReading {
        match expression::form(name) {
            NameForm::TooLong => NameReading::TooLong,
            NameForm::NotAscii => NameReading::NotAscii,
            NameForm::Fit => match self.expression.read(name) {
                Reading::Match(_, taken) => NameReading::Match(self.named(taken)),
                Reading::NoMatch => NameReading::NoMatch,
                Reading::BudgetExceeded => NameReading::BudgetExceeded,
            },
        }
    }

    pub(super) fn named(&self, taken: Vec<Option<String>>) -> Parts {
        self.names.iter().zip(taken).filter_map(|(name, text)| Some((name.clone(), text?))).collect()
    }
}

#[cfg(test)]
mod tests;
