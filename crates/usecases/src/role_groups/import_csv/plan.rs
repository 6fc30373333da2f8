//! What a file comes to, before anything is written: which groups are meant by its names, what is new, and that no group
//! ends up in itself.

use std::collections::{HashMap, HashSet};

use domain::{Group, GroupId, GroupSource};

use super::{super::target, CsvImport, Mistakes, rows::Row};
use crate::{
    error::{Error, Result},
    services::Services,
};

/// One of the groups that a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Node(usize);

/// One change.
#[derive(Debug)]
pub(super) enum Step {
    Create { group: Node, description: String },
    Describe { group: Node, description: String },
    Link { child: Node, parent: Node },
}

/// All changes, in an order in which they can be made.
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) groups: Groups,
    unchanged: usize,
}

impl Plan {
    pub(super) async fn make(services: &Services, rows: &[Row]) -> Result<Self> {
        let groups = Groups::new(target::groups(services).await?, &services.store.group_nesting().await?);
        Self::of(groups, rows)
    }

    fn of(mut groups: Groups, rows: &[Row]) -> Result<Self> {
        let mut mistakes = Mistakes::default();
        let mut steps = Vec::new();
        let mut unchanged = HashSet::new();
        let mut described: HashMap<Node, String> = HashMap::new();
        let mut nodes = Vec::with_capacity(rows.len());
        for row in rows {
            let (group, is_new) = groups.local(&row.name);
            nodes.push(group);
            let description = row.description.clone().unwrap_or_default();
            let former = described.get(&group).cloned().or_else(|| groups.description(group));
            if is_new {
                steps.push(Step::Create { group, description: description.clone() });
            } else if let Some(told) =
                described.get(&group).filter(|told| !description.is_empty() && **told != description)
            {
                mistakes.add(row.line, format!("the group `{}` is described as `{told}` above", row.name));
            } else if description.is_empty() || former.as_ref() == Some(&description) {
                unchanged.insert(row.line);
            } else {
                steps.push(Step::Describe { group, description: description.clone() });
            }
            if !description.is_empty() {
                described.insert(group, description);
            }
        }
        for (row, parent) in rows.iter().zip(nodes) {
            for name in &row.management {
                match groups.management(name).and_then(|child| Ok((child, groups.link(child, parent)?))) {
                    Ok((child, true)) => {
                        unchanged.remove(&row.line);
                        steps.push(Step::Link { child, parent });
                    }
                    Ok((_, false)) => {}
                    Err(cause) => mistakes.add(row.line, cause),
                }
            }
        }
        mistakes.or(Self { steps, groups, unchanged: unchanged.len() })
    }

    /// The same in words.
    pub(super) fn says(&self) -> CsvImport {
        let mut says = CsvImport { unchanged: self.unchanged, ..CsvImport::default() };
        let name = |group: &Node| self.groups.name(*group).to_owned();
        for step in &self.steps {
            match step {
                Step::Create { group, .. } => says.created.push(name(group)),
                Step::Describe { group, .. } => says.described.push(name(group)),
                Step::Link { child, parent } => says.linked.push((name(child), name(parent))),
            }
        }
        says
    }
}

/// Every group by name, those that are there and those that the file makes, and which is in which.
pub(super) struct Groups {
    nodes: Vec<(String, Option<Group>)>,
    local: HashMap<String, Node>,
    of_directories: HashMap<String, Vec<Node>>,
    parents: HashMap<Node, HashSet<Node>>,
}

impl Groups {
    fn new(known: Vec<Group>, nesting: &[(GroupId, GroupId)]) -> Self {
        let mut groups =
            Self { nodes: Vec::new(), local: HashMap::new(), of_directories: HashMap::new(), parents: HashMap::new() };
        let mut ids = HashMap::with_capacity(known.len());
        for group in known {
            let node = Node(groups.nodes.len());
            ids.insert(group.id.clone(), node);
            match group.source {
                GroupSource::Local => {
                    groups.local.insert(group.name.clone(), node);
                }
                GroupSource::Directory { .. } => {
                    groups.of_directories.entry(group.name.clone()).or_default().push(node);
                }
            }
            groups.nodes.push((group.name.clone(), Some(group)));
        }
        for (child, parent) in nesting {
            if let (Some(child), Some(parent)) = (ids.get(child), ids.get(parent)) {
                groups.parents.entry(*child).or_default().insert(*parent);
            }
        }
        groups
    }

    pub(super) fn name(&self, node: Node) -> &str {
        self.nodes.get(node.0).map_or("", |(name, _)| name)
    }

    fn description(&self, node: Node) -> Option<String> {
        self.nodes.get(node.0)?.1.as_ref().map(|group| group.description.clone())
    }

    /// A group that is there or was made by now.
    pub(super) fn known(&self, node: Node) -> Result<&Group> {
        let group = self.nodes.get(node.0).and_then(|(_, group)| group.as_ref());
        group.ok_or_else(|| Error::Internal(format!("the group `{}` was not made in time", self.name(node))))
    }

    pub(super) fn made(&mut self, node: Node, group: Group) {
        if let Some((_, place)) = self.nodes.get_mut(node.0) {
            *place = Some(group);
        }
    }

    /// The local group of this name, and whether it has to be made.
    fn local(&mut self, name: &str) -> (Node, bool) {
        if let Some(node) = self.local.get(name) {
            return (*node, false);
        }
        let node = Node(self.nodes.len());
        self.nodes.push((name.to_owned(), None));
        self.local.insert(name.to_owned(), node);
        (node, true)
    }

    /// The group of this name: a local one, or one of the file, else the only one of any directory.
    fn management(&self, name: &str) -> std::result::Result<Node, String> {
        if let Some(node) = self.local.get(name) {
            return Ok(*node);
        }
        match self.of_directories.get(name).map(Vec::as_slice).unwrap_or_default() {
            [node] => Ok(*node),
            [] => Err(format!("no group is named `{name}`: make it first, or give it a row of its own")),
            several => Err(format!(
                "{} groups of directories are named `{name}`, and which one is meant is not clear: put it into the role \
                 group by its id (docs/api.md)",
                several.len()
            )),
        }
    }

    /// Puts one group into another; answers whether it was not there yet.
    fn link(&mut self, child: Node, parent: Node) -> std::result::Result<bool, String> {
        if self.parents.get(&child).is_some_and(|parents| parents.contains(&parent)) {
            return Ok(false);
        }
        if self.is_within(parent, child) {
            let (child, parent) = (self.name(child), self.name(parent));
            return Err(format!("`{child}` cannot be put into `{parent}`, which is in it already or is the same"));
        }
        self.parents.entry(child).or_default().insert(parent);
        Ok(true)
    }

    /// Whether `group` is `above`, or in it at any depth.
    fn is_within(&self, group: Node, above: Node) -> bool {
        let mut seen = HashSet::from([group]);
        let mut waiting = vec![group];
        while let Some(node) = waiting.pop() {
            if node == above {
                return true;
            }
            for parent in self.parents.get(&node).into_iter().flatten() {
                if seen.insert(*parent) {
                    waiting.push(*parent);
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use domain::DirectoryKind;
    use testkit::sample;

    use super::*;

    fn row(line: u64, name: &str, description: &str, management: &[&str]) -> Row {
        Row {
            line,
            name: name.to_owned(),
            description: Some(description.to_owned()).filter(|text| !text.is_empty()),
            management: management.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn of_directory(directory: &str, name: &str) -> Group {
        let source = GroupSource::Directory {
            id: sample::directory_id(directory),
            name: directory.to_owned(),
            kind: DirectoryKind::OpenLdap,
        };
        Group { source, ..sample::group(name) }
    }

    /// `Ops` of a directory is in the local group `Staff`; `Twice` is in two directories.
    fn known() -> Groups {
        let (ops, staff) = (of_directory("corp", "Ops"), sample::group("Staff"));
        let twice = [of_directory("corp", "Twice"), of_directory("lab", "Twice")];
        let nesting = [(ops.id.clone(), staff.id.clone())];
        Groups::new([ops, staff].into_iter().chain(twice).collect(), &nesting)
    }

    #[test]
    fn groups_are_made_described_and_linked_once() {
        let rows = [
            row(2, "aws#a#R#1", "one", &["Ops", "Admins", "Ops"]),
            row(3, "aws#a#R#1", "", &["Staff"]),
            row(4, "Admins", "", &[]),
            row(5, "Staff", "new", &["Ops"]),
            row(6, "Staff", "new", &[]),
        ];
        let says = Plan::of(known(), &rows).unwrap().says();
        assert_eq!(says.created, ["aws#a#R#1", "Admins"]);
        assert_eq!(says.described, ["Staff"]);
        let linked: Vec<&str> = says.linked.iter().map(|(child, _)| child.as_str()).collect();
        assert_eq!(linked, ["Ops", "Admins", "Staff"], "what is in it already is not put into it again");
        assert_eq!(says.unchanged, 1);
    }

    #[test]
    fn every_name_that_leads_nowhere_is_told_with_its_line() {
        let rows = [
            row(2, "A", "one", &["Nobody", "Twice", "A"]),
            row(3, "A", "two", &[]),
            row(4, "B", "", &["A"]),
            row(5, "A", "", &["B"]),
        ];
        let causes = Plan::of(known(), &rows).err().unwrap().to_string();
        for part in [
            "line 2: no group is named `Nobody`",
            "line 2: 2 groups of directories are named `Twice`",
            "line 2: `A` cannot be put into `A`",
            "line 3: the group `A` is described as `one` above",
            "line 5: `B` cannot be put into `A`",
        ] {
            assert!(causes.contains(part), "{part}: {causes}");
        }
    }
}
