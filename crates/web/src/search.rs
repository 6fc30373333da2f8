//! `search=` and `filter=`: an expression becomes a condition in memory, and as much of it as the store knows narrows
//! what is read. So any `and`, `or` and bracket works over the attributes that are known here; any other is refused by
//! name, never ignored.

pub mod events;
pub mod groups;
pub mod users;

use api::filter::{Comparison, Expression, Operator};
use domain::Timestamp;
use http::StatusCode;

use crate::error::ApiError;

/// Whether something belongs into the list.
pub type Condition<T> = Box<dyn Fn(&T) -> bool + Send + Sync>;

/// Reads an expression.
///
/// # Errors
/// E0000031 with what is wrong and where.
pub fn parse(text: &str) -> Result<Expression, ApiError> {
    Expression::parse(text).map_err(|error| invalid(error.to_string()))
}

/// E0000031: the expression cannot be used.
pub fn invalid(cause: impl Into<String>) -> ApiError {
    ApiError {
        causes: vec![cause.into()],
        ..ApiError::new(StatusCode::BAD_REQUEST, "E0000031", "Invalid search criteria.")
    }
}

/// The whole condition, from that of each comparison.
fn compile<T: 'static>(
    expression: &Expression,
    leaf: &dyn Fn(&Comparison) -> Result<Condition<T>, ApiError>,
) -> Result<Condition<T>, ApiError> {
    let all = |parts: &[Expression]| parts.iter().map(|part| compile(part, leaf)).collect::<Result<Vec<_>, _>>();
    Ok(match expression {
        Expression::Compare(comparison) => leaf(comparison)?,
        Expression::And(parts) => {
            let parts = all(parts)?;
            Box::new(move |item| parts.iter().all(|part| part(item)))
        }
        Expression::Or(parts) => {
            let parts = all(parts)?;
            Box::new(move |item| parts.iter().any(|part| part(item)))
        }
    })
}

/// Compares texts without regard to case; of several it is enough that one fits.
fn text<T: 'static>(
    comparison: &Comparison,
    read: impl Fn(&T) -> Vec<String> + Send + Sync + 'static,
) -> Result<Condition<T>, ApiError> {
    let value = comparison.value.to_lowercase();
    let fits: fn(&str, &str) -> bool = match comparison.operator {
        Operator::Eq => |found, value| found == value,
        Operator::Sw => |found, value| found.starts_with(value),
        Operator::Ew => |found, value| found.ends_with(value),
        Operator::Co => |found, value| found.contains(value),
        Operator::Pr => return Ok(Box::new(move |item| read(item).iter().any(|found| !found.is_empty()))),
        Operator::Ne => return Ok(Box::new(move |item| read(item).iter().all(|found| found.to_lowercase() != value))),
        Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => {
            return Err(unsupported(comparison, "it is a text: use `eq`, `ne`, `sw`, `ew`, `co` or `pr`"));
        }
    };
    Ok(Box::new(move |item| read(item).iter().any(|found| fits(&found.to_lowercase(), &value))))
}

/// Compares points in time; one that is absent fits nothing.
fn time<T: 'static>(
    comparison: &Comparison,
    read: impl Fn(&T) -> Option<Timestamp> + Send + Sync + 'static,
) -> Result<Condition<T>, ApiError> {
    let fits: fn(&Timestamp, &Timestamp) -> bool = match comparison.operator {
        Operator::Eq => Timestamp::eq,
        Operator::Ne => Timestamp::ne,
        Operator::Gt => Timestamp::gt,
        Operator::Ge => Timestamp::ge,
        Operator::Lt => Timestamp::lt,
        Operator::Le => Timestamp::le,
        Operator::Pr => return Ok(Box::new(move |item| read(item).is_some())),
        Operator::Sw | Operator::Ew | Operator::Co => {
            return Err(unsupported(comparison, "it is a time: use `eq`, `ne`, `gt`, `ge`, `lt`, `le` or `pr`"));
        }
    };
    let value = time_value(comparison)?;
    Ok(Box::new(move |item| read(item).is_some_and(|found| fits(&found, &value))))
}

fn time_value(comparison: &Comparison) -> Result<Timestamp, ApiError> {
    Timestamp::parse(&comparison.value).map_err(|error| invalid(format!("{}: {error}", comparison.attribute)))
}

fn unsupported(comparison: &Comparison, why: &str) -> ApiError {
    invalid(format!("`{comparison}` is not supported: {why}"))
}

fn unknown(comparison: &Comparison, known: &str) -> ApiError {
    unsupported(comparison, &format!("what can be asked for is {known}"))
}

/// The values of a comparison by `eq`, or of several joined by `or`, when all are of one of these attributes.
fn alternatives<'a>(expression: &'a Expression, attributes: &[&str]) -> Option<Vec<&'a str>> {
    match expression {
        Expression::Compare(comparison) => (comparison.operator == Operator::Eq
            && attributes.contains(&comparison.attribute.as_str()))
        .then(|| vec![comparison.value.as_str()]),
        Expression::Or(parts) => {
            let values: Option<Vec<_>> = parts.iter().map(|part| alternatives(part, attributes)).collect();
            values.map(|values| values.concat())
        }
        Expression::And(_) => None,
    }
}
