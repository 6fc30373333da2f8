//! Names that keep a careless expression busy: made from the expression itself, with what repeats repeated often and
//! something at the end that does not fit, so that an engine that goes back tries everything.

use std::collections::BTreeMap;

use super::{
    chars::CharSet,
    node::{Brackets, Node},
};

/// Characters of a probe: as long as names in directories get.
const MAX_PROBE: usize = 256;
/// Repeats that are tried one by one.
const MAX_REPEATS: usize = 40;
/// What is put behind.
const TAILS: [&str; 3] = ["", "!", "~ ~"];

pub(super) fn names(node: &Node) -> Vec<String> {
    let repeats = count(node).min(MAX_REPEATS);
    let one_by_one = (0..repeats).map(|repeat| Pump { only: Some(repeat), times: MAX_PROBE });
    let together = [3, 8, 16, 32].map(|times| Pump { only: None, times });
    let mut names = Vec::new();
    for pump in one_by_one.chain(together) {
        let mut sample = Sample { pump, seen: 0, out: String::new(), groups: BTreeMap::new() };
        sample.add(node);
        for tail in TAILS {
            let kept: String = sample.out.chars().take(MAX_PROBE - tail.len()).collect();
            names.push(kept + tail);
        }
    }
    names
}

fn count(node: &Node) -> usize {
    match node {
        Node::Set(_) | Node::Assert(_) | Node::Back { .. } => 0,
        Node::Concat(parts) | Node::Either(parts) => parts.iter().map(count).sum(),
        Node::Group(_, inner) => count(inner),
        Node::Repeat(_, inner) => 1 + count(inner),
    }
}

/// Which repeats go on for how long.
#[derive(Clone, Copy)]
struct Pump {
    /// This one alone, counted as they are met first; else all.
    only: Option<usize>,
    times: usize,
}

struct Sample {
    pump: Pump,
    /// Repeats met so far.
    seen: usize,
    out: String,
    groups: BTreeMap<usize, String>,
}

impl Sample {
    fn add(&mut self, node: &Node) {
        match node {
            _ if self.out.len() >= MAX_PROBE => self.seen += count(node),
            Node::Set(set) => self.out.extend(usual(*set)),
            Node::Assert(_) => {}
            // What is looked at ahead comes in the expression again.
            Node::Group(Brackets::Look { .. }, inner) => self.seen += count(inner),
            Node::Concat(parts) => parts.iter().for_each(|part| self.add(part)),
            Node::Either(parts) => {
                let before = self.seen;
                if let Some(longest) = parts.iter().max_by_key(|part| part.longest().unwrap_or(u64::MAX)) {
                    self.add(longest);
                }
                self.seen = before + parts.iter().map(count).sum::<usize>();
            }
            Node::Group(brackets, inner) => {
                let from = self.out.len();
                self.add(inner);
                if let (Brackets::Capture { number, .. }, Some(text)) = (brackets, self.out.get(from..)) {
                    self.groups.insert(*number, text.to_owned());
                }
            }
            Node::Repeat(times, inner) => self.add_repeat(times.least, times.most, inner),
            Node::Back { group, .. } => {
                let text = self.groups.get(group).cloned().unwrap_or_default();
                self.out.push_str(&text);
            }
        }
    }

    fn add_repeat(&mut self, least: u32, most: Option<u32>, inner: &Node) {
        let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(MAX_PROBE);
        let least = usize::try_from(least).unwrap_or(most).clamp(1, most.max(1));
        let pumped = self.pump.only.is_none_or(|only| only == self.seen);
        let times = if pumped { self.pump.times.clamp(least, most.max(least)) } else { least };
        let first = self.seen + 1;
        for _ in 0..times {
            let before = self.out.len();
            self.seen = first;
            self.add(inner);
            if self.out.len() == before {
                break;
            }
        }
        self.seen = first + count(inner);
    }
}

/// The same character wherever it is taken: what one repeat took can be taken by the next one then.
fn usual(set: CharSet) -> Option<char> {
    b"a0A-_#".iter().copied().find(|byte| set.holds(*byte)).or_else(|| set.bytes().next()).map(char::from)
}
