//! Random expressions and names, held against a matcher that is too simple to be wrong and too slow to be used.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Ast {
    Char(char),
    Class(bool, Vec<char>),
    Any,
    Seq(Vec<Ast>),
    Alt(Vec<Ast>),
    Part(Box<Ast>),
    Plain(Box<Ast>),
    Atomic(Box<Ast>),
    Ahead(bool, Box<Ast>),
    Behind(bool, Box<Ast>),
    Times(Box<Ast>, u32, Option<u32>, char),
    Back(usize),
}

const ALPHABET: [char; 4] = ['a', 'b', '1', '#'];

fn character() -> impl Strategy<Value = char> {
    prop::sample::select(ALPHABET.to_vec())
}

/// Without look-around, back-references and what is never given back.
fn linear() -> impl Strategy<Value = Ast> {
    tree(false)
}

fn going_back() -> impl Strategy<Value = Ast> {
    tree(true)
}

fn tree(goes_back: bool) -> impl Strategy<Value = Ast> {
    let class = (any::<bool>(), prop::collection::vec(character(), 1..3));
    let leaf = prop_oneof![
        4 => character().prop_map(Ast::Char),
        2 => class.prop_map(|(negative, chars)| Ast::Class(negative, chars)),
        1 => Just(Ast::Any),
        if goes_back { 2 } else { 0 } => (1_usize..3).prop_map(Ast::Back),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let many = prop::collection::vec(inner.clone(), 1..4);
        let boxed = inner.clone().prop_map(Box::new);
        let rare = u32::from(goes_back) * 2;
        prop_oneof![
            4 => many.clone().prop_map(Ast::Seq),
            2 => many.prop_map(Ast::Alt),
            3 => boxed.clone().prop_map(Ast::Part),
            1 => boxed.clone().prop_map(Ast::Plain),
            4 => (boxed.clone(), 0_u32..3, prop::option::of(0_u32..3), prop::sample::select(vec![' ', '?', if goes_back { '+' } else { ' ' }]))
                .prop_map(|(inner, least, more, greed)| Ast::Times(inner, least, more.map(|more| least + more), greed)),
            rare => boxed.clone().prop_map(Ast::Atomic),
            rare => (any::<bool>(), boxed.clone()).prop_map(|(negative, inner)| Ast::Ahead(negative, inner)),
            rare => (any::<bool>(), boxed).prop_map(|(negative, inner)| Ast::Behind(negative, inner)),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    prop::collection::vec(character(), 0..9).prop_map(|chars| chars.into_iter().collect())
}

/// Takes out what Java, or this matcher, has no clear answer for: repeats of what may be empty, look-behinds without an
/// end or with parts, back-references to groups that are not closed yet. Numbers the parts.
fn settle(ast: Ast, closed: &mut Vec<bool>, in_look: bool) -> Ast {
    let boxed = |inner: Box<Ast>, closed: &mut Vec<bool>, in_look| Box::new(settle(*inner, closed, in_look));
    match ast {
        Ast::Seq(parts) => Ast::Seq(parts.into_iter().map(|part| settle(part, closed, in_look)).collect()),
        Ast::Alt(parts) => Ast::Alt(parts.into_iter().map(|part| settle(part, closed, in_look)).collect()),
        Ast::Part(inner) if in_look => Ast::Plain(boxed(inner, closed, in_look)),
        Ast::Part(inner) => {
            let number = closed.len();
            closed.push(false);
            let inner = boxed(inner, closed, in_look);
            closed[number] = true;
            Ast::Part(inner)
        }
        Ast::Plain(inner) => Ast::Plain(boxed(inner, closed, in_look)),
        Ast::Atomic(inner) => Ast::Atomic(boxed(inner, closed, in_look)),
        Ast::Ahead(negative, inner) => Ast::Ahead(negative, boxed(inner, closed, true)),
        Ast::Behind(negative, inner) => {
            let inner = boxed(inner, closed, true);
            if longest(&inner).is_some_and(|longest| longest < 20) { Ast::Behind(negative, inner) } else { Ast::Any }
        }
        Ast::Times(inner, least, most, greed) => {
            let inner = boxed(inner, closed, in_look);
            let target = matches!(*inner, Ast::Ahead(..) | Ast::Behind(..));
            if may_be_empty(&inner) || target {
                *inner
            } else {
                Ast::Times(Box::new(Ast::Plain(inner)), least, most, greed)
            }
        }
        Ast::Back(number) if !closed.get(number - 1).copied().unwrap_or(false) => Ast::Char('a'),
        leaf => leaf,
    }
}

fn may_be_empty(ast: &Ast) -> bool {
    match ast {
        Ast::Char(_) | Ast::Class(..) | Ast::Any => false,
        Ast::Seq(parts) => parts.iter().all(may_be_empty),
        Ast::Alt(parts) => parts.iter().any(may_be_empty),
        Ast::Part(inner) | Ast::Plain(inner) | Ast::Atomic(inner) => may_be_empty(inner),
        Ast::Ahead(..) | Ast::Behind(..) | Ast::Back(_) => true,
        Ast::Times(inner, least, ..) => *least == 0 || may_be_empty(inner),
    }
}

fn longest(ast: &Ast) -> Option<u32> {
    match ast {
        Ast::Char(_) | Ast::Class(..) | Ast::Any => Some(1),
        Ast::Seq(parts) => parts.iter().map(longest).sum(),
        Ast::Alt(parts) => parts.iter().map(longest).try_fold(0, |best, part| Some(best.max(part?))),
        Ast::Part(inner) | Ast::Plain(inner) | Ast::Atomic(inner) => longest(inner),
        Ast::Ahead(..) | Ast::Behind(..) => Some(0),
        Ast::Back(_) => None,
        Ast::Times(inner, _, most, _) => Some(longest(inner)? * (*most)?),
    }
}

fn render(ast: &Ast, parts: &mut usize, out: &mut String) {
    let mut wrapped = |opening: &str, inner: &Ast, parts: &mut usize| {
        out.push_str(opening);
        render(inner, parts, out);
        out.push(')');
    };
    match ast {
        Ast::Char('#') => out.push_str(r"\#"),
        Ast::Char(character) => out.push(*character),
        Ast::Class(negative, chars) => {
            out.push_str(if *negative { "[^" } else { "[" });
            out.extend(chars);
            out.push(']');
        }
        Ast::Any => out.push('.'),
        Ast::Seq(all) => all.iter().for_each(|part| render(part, parts, out)),
        Ast::Alt(all) => {
            out.push_str("(?:");
            for (index, part) in all.iter().enumerate() {
                if index > 0 {
                    out.push('|');
                }
                render(part, parts, out);
            }
            out.push(')');
        }
        Ast::Part(inner) => {
            *parts += 1;
            let opening = format!("(?{{{{p{parts}}}}}");
            wrapped(&opening, inner, parts);
        }
        Ast::Plain(inner) => wrapped("(?:", inner, parts),
        Ast::Atomic(inner) => wrapped("(?>", inner, parts),
        Ast::Ahead(negative, inner) => wrapped(if *negative { "(?!" } else { "(?=" }, inner, parts),
        Ast::Behind(negative, inner) => wrapped(if *negative { "(?<!" } else { "(?<=" }, inner, parts),
        Ast::Times(inner, least, most, greed) => {
            render(inner, parts, out);
            match most {
                None => write!(out, "{{{least},}}").unwrap(),
                Some(most) => write!(out, "{{{least},{most}}}").unwrap(),
            }
            out.push_str(greed.to_string().trim());
        }
        Ast::Back(number) => write!(out, r"(?:\{number})").unwrap(),
    }
}

type Taken = Vec<Option<(usize, usize)>>;
type Then<'a> = &'a mut dyn FnMut(usize, &mut Taken) -> bool;

/// Whether `ast` matches from `at` in such a way that `then` is content; tries in Java's order.
fn go(ast: &Ast, name: &[u8], at: usize, first_part: usize, taken: &mut Taken, then: Then<'_>) -> bool {
    let one = |fits: bool, taken: &mut Taken, then: Then<'_>| fits && then(at + 1, taken);
    let here = name.get(at).map(|byte| char::from(*byte));
    match ast {
        Ast::Char(character) => one(here == Some(*character), taken, then),
        Ast::Class(negative, chars) => one(here.is_some_and(|here| chars.contains(&here) != *negative), taken, then),
        Ast::Any => one(here.is_some(), taken, then),
        Ast::Seq(parts) => sequence(parts, name, at, first_part, taken, then),
        Ast::Alt(parts) => {
            let mut number = first_part;
            parts.iter().any(|part| {
                let fits = go(part, name, at, number, taken, then);
                number += count_parts(part);
                fits
            })
        }
        Ast::Part(inner) => go(inner, name, at, first_part + 1, taken, &mut |end, taken| {
            let before = taken[first_part].replace((at, end));
            let fits = then(end, taken);
            if !fits {
                taken[first_part] = before;
            }
            fits
        }),
        Ast::Plain(inner) => go(inner, name, at, first_part, taken, then),
        Ast::Atomic(inner) => once(inner, name, at, first_part, taken).is_some_and(|end| then(end, taken)),
        Ast::Ahead(negative, inner) => {
            (once(inner, name, at, first_part, taken).is_some() != *negative) && then(at, taken)
        }
        Ast::Behind(negative, inner) => {
            let found = (0..=at).any(|from| go(inner, name, from, first_part, taken, &mut |end, _| end == at));
            (found != *negative) && then(at, taken)
        }
        Ast::Times(inner, least, most, greed) => {
            let times = Repeat { inner, least: *least, most: *most, lazy: *greed == '?' };
            if *greed == '+' {
                let mut end = None;
                let found = times.go(name, at, first_part, 0, taken, &mut |at, _| {
                    end = Some(at);
                    true
                });
                return found && end.is_some_and(|end| then(end, taken));
            }
            times.go(name, at, first_part, 0, taken, then)
        }
        Ast::Back(number) => {
            let Some(Some((from, to))) = taken.get(number - 1).copied() else { return false };
            name[at..].starts_with(&name[from..to]) && then(at + to - from, taken)
        }
    }
}

/// The first way that fits, and no other.
fn once(ast: &Ast, name: &[u8], at: usize, first_part: usize, taken: &mut Taken) -> Option<usize> {
    let mut found = None;
    go(ast, name, at, first_part, taken, &mut |end, _| {
        found = Some(end);
        true
    });
    found
}

fn sequence(parts: &[Ast], name: &[u8], at: usize, first_part: usize, taken: &mut Taken, then: Then<'_>) -> bool {
    let Some((part, rest)) = parts.split_first() else { return then(at, taken) };
    let next = first_part + count_parts(part);
    go(part, name, at, first_part, taken, &mut |end, taken| sequence(rest, name, end, next, taken, then))
}

struct Repeat<'a> {
    inner: &'a Ast,
    least: u32,
    most: Option<u32>,
    lazy: bool,
}

impl Repeat<'_> {
    fn go(&self, name: &[u8], at: usize, first_part: usize, done: u32, taken: &mut Taken, then: Then<'_>) -> bool {
        if self.lazy && done >= self.least && then(at, taken) {
            return true;
        }
        let more = self.most.is_none_or(|most| done < most)
            && go(self.inner, name, at, first_part, taken, &mut |end, taken| {
                self.go(name, end, first_part, done + 1, taken, then)
            });
        more || !self.lazy && done >= self.least && then(at, taken)
    }
}

fn count_parts(ast: &Ast) -> usize {
    match ast {
        Ast::Char(_) | Ast::Class(..) | Ast::Any | Ast::Back(_) => 0,
        Ast::Seq(parts) | Ast::Alt(parts) => parts.iter().map(count_parts).sum(),
        Ast::Part(inner) => 1 + count_parts(inner),
        Ast::Plain(inner)
        | Ast::Atomic(inner)
        | Ast::Ahead(_, inner)
        | Ast::Behind(_, inner)
        | Ast::Times(inner, ..) => count_parts(inner),
    }
}

fn agree(ast: Ast, names: &[String]) -> Result<(), TestCaseError> {
    let mut closed = Vec::new();
    let ast = settle(ast, &mut closed, false);
    let mut text = String::new();
    render(&ast, &mut 0, &mut text);
    let expression = match Expression::parse(&text) {
        Ok(expression) => expression,
        Err(refusal) => return Err(TestCaseError::fail(format!("{text}: {refusal:?}"))),
    };
    for name in names {
        let mut taken: Taken = vec![None; closed.len()];
        let expected = go(&ast, name.as_bytes(), 0, 0, &mut taken, &mut |end, _| end == name.len());
        let found = expression.read(name);
        if found == Reading::BudgetExceeded {
            continue;
        }
        let expected = if expected {
            let parts = taken.iter().map(|range| range.map(|(from, to)| name[from..to].to_owned())).collect();
            Reading::Match(0..name.len(), parts)
        } else {
            Reading::NoMatch
        };
        prop_assert_eq!(found, expected, "`{}` on `{}`", text, name);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn linear_expressions_mean_what_the_reference_says(ast in linear(), names in prop::collection::vec(name(), 1..12)) {
        agree(ast, &names)?;
    }

    #[test]
    fn expressions_that_go_back_mean_what_the_reference_says(ast in going_back(), names in prop::collection::vec(name(), 1..12)) {
        agree(ast, &names)?;
    }

    #[test]
    fn where_a_name_stops_no_longer_beginning_of_it_can_match(ast in linear(), name in name()) {
        let ast = settle(ast, &mut Vec::new(), false);
        let mut text = String::new();
        render(&ast, &mut 0, &mut text);
        let expression = Expression::parse(&text).unwrap();
        let matches = expression.read_whole(&name).is_some();
        match expression.follower().unwrap().stop(&name) {
            None => prop_assert!(matches, "`{}` on `{}`", text, name),
            Some(stop) => {
                prop_assert!(!matches, "`{}` on `{}`", text, name);
                for end in stop.at + 1..=name.len() {
                    prop_assert!(expression.read_whole(&name[..end]).is_none());
                }
                for byte in stop.takes.bytes() {
                    let longer = format!("{}{}", &name[..stop.at], char::from(byte));
                    let next = expression.follower().unwrap().stop(&longer);
                    prop_assert!(next.is_none_or(|next| next.at == longer.len()));
                }
            }
        }
    }

    #[test]
    fn no_text_and_no_name_makes_it_panic(text in r"[ -~]{0,60}", name in any::<String>()) {
        if let Ok(expression) = Expression::parse(&text) {
            let _ = expression.read(&name);
            let _ = expression.must_be_quick();
            let _ = expression.ignoring_case().map(|folded| folded.read(&name));
            let _ = expression.of_a_part().map(|part| part.read(&name));
            let _ = expression.follower().map(|follower| follower.stop(&name));
        }
    }

    #[test]
    fn no_text_of_such_characters_makes_it_panic(text in r"[ab(){}\[\]\\|?*+^$.,:<>=!&kQEdpx1-]{0,40}", name in r"[ab#1]{0,12}") {
        if let Ok(expression) = Expression::parse(&text) {
            let _ = expression.read(&name);
            let _ = expression.of_a_part().map(|part| part.read(&name));
            let _ = expression.must_be_quick();
        }
    }
}
