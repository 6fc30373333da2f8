//! How far an expression goes along with a name, and what it wants where it stops: "after `aws#prod#Tier1` it takes
//! one of `-0-9A-Z_a-z`, not `.`". For people only: look-around and back-references are taken as if they agreed.

use super::{
    chars::CharSet,
    node::{Assertion, Brackets, Node},
};

/// Where an expression leaves a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mapping) struct Stop {
    /// Characters that it goes along with.
    pub(in crate::mapping) at: usize,
    /// What it takes there.
    pub(in crate::mapping) takes: CharSet,
    /// Whether the name may end there.
    pub(in crate::mapping) may_end: bool,
}

/// Expressions that are bigger (see [`Node::weight`]) are not followed.
const MAX_WEIGHT: u64 = 1_000;

/// An expression as steps that are all tried at once.
#[derive(Debug, Clone)]
pub(in crate::mapping) struct Follower {
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Take(CharSet),
    /// Goes on at each of these.
    Go(Vec<usize>),
    AtStart,
    AtEnd,
    Done,
}

impl Follower {
    /// `None` for an expression that is too big to be followed.
    pub(super) fn new(node: &Node) -> Option<Self> {
        let mut follower = Self { steps: Vec::new() };
        if node.weight() > MAX_WEIGHT {
            return None;
        }
        follower.add(node);
        follower.steps.push(Step::Done);
        Some(follower)
    }

    fn push(&mut self, step: Step) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    fn go(&mut self, from: usize, to: Vec<usize>) {
        if let Some(step) = self.steps.get_mut(from) {
            *step = Step::Go(to);
        }
    }

    fn add(&mut self, node: &Node) {
        match node {
            Node::Set(set) => {
                self.push(Step::Take(*set));
            }
            Node::Assert(Assertion::Start) => {
                self.push(Step::AtStart);
            }
            Node::Assert(Assertion::End) => {
                self.push(Step::AtEnd);
            }
            Node::Assert(_) | Node::Group(Brackets::Look { .. }, _) => {}
            Node::Concat(parts) => parts.iter().for_each(|part| self.add(part)),
            Node::Either(parts) => self.add_either(parts),
            Node::Group(_, inner) => self.add(inner),
            Node::Repeat(times, inner) => self.add_repeat(times.least, times.most, inner),
            Node::Back { .. } => self.add_repeat(0, None, &Node::Set(CharSet::ALL)),
        }
    }

    fn add_either(&mut self, parts: &[Node]) {
        let fork = self.push(Step::Go(Vec::new()));
        let mut begins = Vec::new();
        let mut ends = Vec::new();
        for part in parts {
            begins.push(self.steps.len());
            self.add(part);
            ends.push(self.push(Step::Go(Vec::new())));
        }
        let behind = self.steps.len();
        self.go(fork, begins);
        for end in ends {
            self.go(end, vec![behind]);
        }
    }

    fn add_repeat(&mut self, least: u32, most: Option<u32>, inner: &Node) {
        for _ in 0..least {
            self.add(inner);
        }
        let Some(most) = most else {
            let fork = self.push(Step::Go(Vec::new()));
            self.add(inner);
            self.push(Step::Go(vec![fork]));
            let behind = self.steps.len();
            return self.go(fork, vec![fork + 1, behind]);
        };
        let mut forks = Vec::new();
        for _ in least..most {
            forks.push(self.push(Step::Go(Vec::new())));
            self.add(inner);
        }
        let behind = self.steps.len();
        for fork in forks {
            self.go(fork, vec![fork + 1, behind]);
        }
    }

    /// `None`: the name is over and the expression, as far as it is looked at here, has nothing against it.
    pub(in crate::mapping) fn stop(&self, name: &str) -> Option<Stop> {
        let mut states = self.closure(vec![0], 0, name.len());
        for (at, byte) in name.bytes().enumerate() {
            let next: Vec<usize> =
                states.iter().filter(|state| self.takes(**state).holds(byte)).map(|state| state + 1).collect();
            if next.is_empty() {
                return Some(self.stopped(&states, at));
            }
            states = self.closure(next, at + 1, name.len());
        }
        let stop = self.stopped(&states, name.len());
        (!stop.may_end).then_some(stop)
    }

    fn takes(&self, state: usize) -> CharSet {
        match self.steps.get(state) {
            Some(Step::Take(set)) => *set,
            _ => CharSet::NONE,
        }
    }

    fn stopped(&self, states: &[usize], at: usize) -> Stop {
        let takes = states.iter().fold(CharSet::NONE, |all, state| all.or(self.takes(*state)));
        let may_end = states.iter().any(|state| matches!(self.steps.get(*state), Some(Step::Done | Step::AtEnd)));
        Stop { at, takes, may_end }
    }

    /// Everywhere that can be reached without taking a character.
    fn closure(&self, mut open: Vec<usize>, at: usize, length: usize) -> Vec<usize> {
        let mut seen = vec![false; self.steps.len()];
        let mut states = Vec::new();
        while let Some(state) = open.pop() {
            let Some(seen) = seen.get_mut(state).filter(|seen| !**seen) else { continue };
            *seen = true;
            match self.steps.get(state) {
                Some(Step::Go(on)) => open.extend(on),
                Some(Step::AtStart) if at == 0 => open.push(state + 1),
                Some(Step::AtEnd) if at == length => {
                    states.push(state);
                    open.push(state + 1);
                }
                Some(Step::Take(_) | Step::Done | Step::AtEnd) => states.push(state),
                Some(Step::AtStart) | None => {}
            }
        }
        states
    }
}
