//! One condition of a statement: operator, key, values. Several values of the policy are alternatives; several
//! conditions must all hold; an operator's `Not` turns the alternatives into "none of them".

use super::{TrustQuestion, facts, facts::Fact, ternary::Ternary, wildcard};

#[derive(Debug)]
pub(super) struct Condition {
    operator: Operator,
    /// As the policy writes the operator and the key.
    pub(super) written_operator: String,
    pub(super) written_key: String,
    /// In lower case.
    pub(super) key: String,
    pub(super) values: Vec<String>,
    /// Whether `${…}` in a value is a variable (policy version 2012-10-17) or plain text.
    variables: bool,
}

#[derive(Debug, Clone, Copy)]
struct Operator {
    quantifier: Quantifier,
    comparison: Comparison,
    negated: bool,
    if_exists: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    None,
    ForAnyValue,
    ForAllValues,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equals,
    EqualsIgnoreCase,
    Like,
    Arn,
    Bool,
    Null,
    /// Numbers, dates, addresses, and what IAM may add: AWS alone can tell.
    Other,
}

impl Condition {
    pub(super) fn new(operator: &str, key: &str, values: Vec<String>, variables: bool) -> Self {
        let clip = |text: &str| text.chars().take(128).collect::<String>();
        Self {
            operator: Operator::parse(operator),
            written_operator: clip(operator),
            written_key: clip(key),
            key: key.to_lowercase(),
            values,
            variables,
        }
    }

    /// Whether the condition holds for the request.
    pub(super) fn holds(&self, question: &TrustQuestion) -> Ternary {
        let fact = facts::fact(question, &self.key);
        if self.operator.comparison == Comparison::Null {
            return self.null_holds(&fact);
        }
        match fact {
            Fact::Absent => self.holds_when_absent(),
            Fact::Known(present) => self.holds_for(&present),
            Fact::Present if self.takes_any_value() => Ternary::Yes,
            Fact::Present | Fact::Open => Ternary::Maybe,
        }
    }

    /// Whether a value of the policy would match the fact as a pattern, though the operator takes it literally.
    pub(super) fn is_pattern_taken_literally(&self, actual: &str) -> bool {
        let literal = matches!(self.operator.comparison, Comparison::Equals | Comparison::EqualsIgnoreCase);
        literal && self.values.iter().any(|value| wildcard::matches(value, actual))
    }

    /// `Null: {"key": "true"}` holds when the key is absent.
    fn null_holds(&self, fact: &Fact) -> Ternary {
        let absent = match fact {
            Fact::Absent => Ternary::Yes,
            Fact::Known(_) | Fact::Present => Ternary::No,
            Fact::Open => Ternary::Maybe,
        };
        Ternary::any(self.values.iter().map(|value| match value.to_ascii_lowercase().as_str() {
            "true" => absent,
            "false" => !absent,
            _ => Ternary::Maybe,
        }))
    }

    /// A missing key matches nothing, so it satisfies exactly the operators that want no match, `…IfExists` and
    /// `ForAllValues:`.
    fn holds_when_absent(&self) -> Ternary {
        let operator = self.operator;
        Ternary::from(match operator.quantifier {
            _ if operator.if_exists => true,
            Quantifier::ForAllValues => true,
            Quantifier::ForAnyValue => false,
            Quantifier::None => operator.negated,
        })
    }

    fn holds_for(&self, present: &[String]) -> Ternary {
        let each = present.iter().map(|value| {
            let matched = Ternary::any(self.values.iter().map(|wanted| self.matches(wanted, value)));
            if self.operator.negated { !matched } else { matched }
        });
        match self.operator.quantifier {
            Quantifier::ForAnyValue => Ternary::any(each),
            Quantifier::ForAllValues => Ternary::all(each),
            Quantifier::None if present.len() == 1 => Ternary::all(each),
            // IAM does not say what a list is without a quantifier.
            Quantifier::None => Ternary::Maybe,
        }
    }

    fn matches(&self, wanted: &str, actual: &str) -> Ternary {
        if self.variables && wanted.contains("${") {
            return Ternary::Maybe;
        }
        match self.operator.comparison {
            Comparison::Equals => Ternary::from(wanted == actual),
            Comparison::EqualsIgnoreCase => Ternary::from(wanted.to_lowercase() == actual.to_lowercase()),
            Comparison::Like => Ternary::from(wildcard::matches(wanted, actual)),
            Comparison::Bool => Ternary::from(wanted.eq_ignore_ascii_case(actual)),
            // A `*` stops at a colon there: what matches as text may still not match as an ARN.
            Comparison::Arn if wanted == actual => Ternary::Yes,
            Comparison::Arn if wildcard::matches(wanted, actual) => Ternary::Maybe,
            Comparison::Arn => Ternary::No,
            Comparison::Null | Comparison::Other => Ternary::Maybe,
        }
    }

    fn takes_any_value(&self) -> bool {
        let any = |value: &String| !value.is_empty() && value.bytes().all(|byte| byte == b'*');
        self.operator.comparison == Comparison::Like && !self.operator.negated && self.values.iter().any(any)
    }
}

impl Operator {
    /// `ForAnyValue:StringNotLikeIfExists` and its kin. The policy comes from IAM, which took it: case is not judged.
    fn parse(written: &str) -> Self {
        let written = written.to_ascii_lowercase();
        let (quantifier, rest) = if let Some(rest) = written.strip_prefix("foranyvalue:") {
            (Quantifier::ForAnyValue, rest)
        } else if let Some(rest) = written.strip_prefix("forallvalues:") {
            (Quantifier::ForAllValues, rest)
        } else {
            (Quantifier::None, written.as_str())
        };
        let (name, if_exists) = rest.strip_suffix("ifexists").map_or((rest, false), |name| (name, true));
        let (comparison, negated) = match name {
            "stringequals" => (Comparison::Equals, false),
            "stringnotequals" => (Comparison::Equals, true),
            "stringequalsignorecase" => (Comparison::EqualsIgnoreCase, false),
            "stringnotequalsignorecase" => (Comparison::EqualsIgnoreCase, true),
            "stringlike" => (Comparison::Like, false),
            "stringnotlike" => (Comparison::Like, true),
            "arnequals" | "arnlike" => (Comparison::Arn, false),
            "arnnotequals" | "arnnotlike" => (Comparison::Arn, true),
            "bool" => (Comparison::Bool, false),
            "null" => (Comparison::Null, false),
            other => (Comparison::Other, other.contains("not")),
        };
        Self { quantifier, comparison, negated, if_exists }
    }
}
