//! From what was reached to what is reported: one finding for each of the user's lines.
//!
//! A leaf may lie deep in a dependency. What the user can change is the last line of their own
//! before it, so that is where a finding stands, however many leaves lie behind.

use std::collections::{BTreeMap, HashSet, VecDeque};

use durable_rules::Code;

use super::roots::readable;
use super::{Forbidden, Role, Walk};
use crate::objects::{Location, NodeId, Site};

/// A line of the user's from which an orchestrator reaches something forbidden.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) code: Code,
    /// Others that lie behind the same line.
    pub(crate) also: Vec<Code>,
    /// What to write instead.
    pub(crate) instead: &'static str,
    /// The orchestrators (and helpers) that reach it.
    pub(crate) orchestrators: Vec<String>,
    /// From the first of them to what is forbidden.
    pub(crate) chain: Vec<Hop>,
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Hop {
    /// Who calls.
    pub(crate) caller: String,
    /// What it calls.
    pub(crate) callee: String,
    /// Where.
    pub(crate) at: Option<Location>,
    /// Whose code the caller is.
    pub(crate) role: Role,
    /// Whether it stands in a file of the user's.
    pub(crate) is_users_line: bool,
}

impl Finding {
    /// What is forbidden.
    pub(crate) fn leaf(&self) -> &str {
        self.chain.last().map_or("", |hop| &hop.callee)
    }

    /// The user's line: the last of theirs. An orchestrator of a dependency has lines there only.
    pub(crate) fn line(&self) -> Option<&Location> {
        let hops = || self.chain.iter().rev();
        let line = hops().find(|hop| hop.is_users_line).or_else(|| hops().find(|hop| hop.role == Role::User));
        line.and_then(|hop| hop.at.as_ref())
    }
}

/// The way from code of a dependency to something forbidden.
#[derive(Clone, Copy)]
enum Next {
    Forbidden(usize),
    Call(NodeId, Site),
}

/// A call of the user's behind which something forbidden lies.
struct Candidate {
    node: NodeId,
    /// The calls from the user's function on.
    tail: Vec<(NodeId, Site, NodeId)>,
    forbidden: Forbidden,
}

impl Walk<'_, '_> {
    /// `roots`: nodes with their names.
    pub(super) fn findings(&mut self, roots: &[(NodeId, String)]) -> Vec<Finding> {
        let mut by_line: BTreeMap<(Option<Location>, u32), Vec<Candidate>> = BTreeMap::new();
        for candidate in self.candidates() {
            let at = candidate.tail.first().and_then(|(_, site, _)| self.program.locate(*site));
            // Without debug information, or within a macro, all of a function is one place.
            let at = at.filter(|at| self.scope.is_users_line(at));
            let place = if at.is_some() { 0 } else { candidate.node.0 };
            by_line.entry((at, place)).or_default().push(candidate);
        }
        let callers = self.callers();
        let mut findings: Vec<(Finding, bool)> = Vec::new();
        for mut candidates in by_line.into_values() {
            candidates.sort_by_key(|c| (c.tail.len(), c.forbidden.found.code, c.node.0));
            let mut also: Vec<Code> = candidates.iter().map(|c| c.forbidden.found.code).collect();
            let Some(shortest) = candidates.into_iter().next() else { continue };
            also.sort();
            also.dedup();
            also.retain(|code| *code != shortest.forbidden.found.code);
            let is_by_drop = shortest.tail.len() > 1 && self.is_drop_glue(shortest.tail[0].2);
            findings.push((self.finding(&shortest, also, roots, &callers), is_by_drop));
        }
        without_echoes(findings)
    }

    fn is_drop_glue(&mut self, node: NodeId) -> bool {
        self.info(node).symbol.is_some_and(|symbol| symbol.is_below("core::ptr::drop_in_place"))
    }

    fn finding(
        &mut self,
        candidate: &Candidate,
        also: Vec<Code>,
        roots: &[(NodeId, String)],
        callers: &[Vec<NodeId>],
    ) -> Finding {
        let mut steps = Vec::new();
        let mut node = candidate.node;
        while let Some((caller, site)) = self.reached_over[node.index()] {
            steps.push((caller, site, node));
            node = caller;
        }
        let nearest = node;
        steps.reverse();
        steps.extend(&candidate.tail);
        let reaching = reaching(candidate.node, callers);
        let mut orchestrators: Vec<String> =
            roots.iter().filter(|(n, _)| *n != nearest && reaching.contains(n)).map(|(_, name)| name.clone()).collect();
        orchestrators.sort();
        orchestrators.dedup();
        if let Some((_, name)) = roots.iter().find(|(n, _)| *n == nearest) {
            orchestrators.retain(|other| other != name);
            orchestrators.insert(0, name.clone());
        }
        let chain = steps.into_iter().map(|(from, site, to)| self.hop(from, site, to)).collect();
        let Forbidden { found, .. } = candidate.forbidden;
        Finding { code: found.code, also, instead: found.instead, orchestrators, chain }
    }

    fn hop(&mut self, from: NodeId, site: Site, to: NodeId) -> Hop {
        let (at, role) = (self.program.locate(site), self.info(from).role);
        let is_users_line = role == Role::User && at.as_ref().is_some_and(|at| self.scope.is_users_line(at));
        Hop { caller: self.words(from), callee: self.words(to), at, role, is_users_line }
    }

    /// A function's name as a user knows it.
    fn words(&mut self, node: NodeId) -> String {
        let info = self.info(node);
        let Some(symbol) = info.symbol else {
            let name = self.program.name(node);
            return if name.is_empty() { "a table".to_owned() } else { name.to_owned() };
        };
        if symbol.path.last().is_some_and(|name| name == "drop_in_place") {
            let ty = symbol.text.trim_start_matches("core::ptr::drop_in_place");
            let ty = ty.trim_start_matches("::").strip_prefix('<').and_then(|ty| ty.strip_suffix('>')).unwrap_or(ty);
            return format!("drop of {ty}");
        }
        if info.role == Role::User {
            return readable(&symbol.path);
        }
        let is_own = |segment: &&String| !segment.starts_with('{');
        symbol.path.iter().filter(is_own).map(String::as_str).collect::<Vec<_>>().join("::")
    }

    /// Every call from the user's code behind which, with no other code of the user's between,
    /// something forbidden lies.
    fn candidates(&mut self) -> Vec<Candidate> {
        let next = self.ways();
        let mut candidates = Vec::new();
        for index in 0..self.forbidden.len() {
            let forbidden = self.forbidden[index];
            if self.info(forbidden.from).role == Role::User {
                let tail = vec![(forbidden.from, forbidden.edge.site, forbidden.edge.to)];
                candidates.push(Candidate { node: forbidden.from, tail, forbidden });
            }
        }
        for node in self.order.clone() {
            if self.info(node).role != Role::User {
                continue;
            }
            for edge in self.calls[node.index()].clone() {
                let mut tail = vec![(node, edge.site, edge.to)];
                let mut at = edge.to;
                while let Some(Next::Call(to, site)) = next.get(at.index()).copied().flatten() {
                    tail.push((at, site, to));
                    at = to;
                }
                if let Some(Next::Forbidden(index)) = next.get(at.index()).copied().flatten() {
                    let forbidden = self.forbidden[index];
                    tail.push((at, forbidden.edge.site, forbidden.edge.to));
                    candidates.push(Candidate { node, tail, forbidden });
                }
            }
        }
        candidates
    }

    /// For every function that is not the user's the shortest way to something forbidden.
    fn ways(&mut self) -> Vec<Option<Next>> {
        let callers = self.callers_with_sites();
        let mut next = vec![None; self.calls.len()];
        let mut queue = VecDeque::new();
        for index in 0..self.forbidden.len() {
            let from = self.forbidden[index].from;
            if self.info(from).role != Role::User && next[from.index()].is_none() {
                next[from.index()] = Some(Next::Forbidden(index));
                queue.push_back(from);
            }
        }
        while let Some(node) = queue.pop_front() {
            for (caller, site) in &callers[node.index()] {
                if next[caller.index()].is_none() && self.info(*caller).role != Role::User {
                    next[caller.index()] = Some(Next::Call(node, *site));
                    queue.push_back(*caller);
                }
            }
        }
        next
    }

    fn callers_with_sites(&self) -> Vec<Vec<(NodeId, Site)>> {
        let mut callers = vec![Vec::new(); self.calls.len()];
        for node in &self.order {
            for edge in &self.calls[node.index()] {
                callers[edge.to.index()].push((*node, edge.site));
            }
        }
        callers
    }

    fn callers(&self) -> Vec<Vec<NodeId>> {
        let with_sites = self.callers_with_sites();
        with_sites.into_iter().map(|callers| callers.into_iter().map(|(node, _)| node).collect()).collect()
    }
}

/// A value of a dependency that must not be made must not be dropped either; that is one mistake.
fn without_echoes(findings: Vec<(Finding, bool)>) -> Vec<Finding> {
    let made: Vec<Finding> = findings.iter().filter(|(_, is_by_drop)| !is_by_drop).map(|(f, _)| f.clone()).collect();
    let is_echo = |finding: &Finding| {
        let of_crate = |finding: &Finding| finding.leaf().split("::").next().map(str::to_owned);
        made.iter().any(|other| {
            let is_same_kind = other.code == finding.code || other.also.contains(&finding.code);
            let is_same_crate = of_crate(other) == of_crate(finding);
            (is_same_kind || is_same_crate) && other.orchestrators.first() == finding.orchestrators.first()
        })
    };
    findings.into_iter().filter(|(f, is_by_drop)| !(*is_by_drop && is_echo(f))).map(|(f, _)| f).collect()
}

/// Everything from which this node is reached.
fn reaching(node: NodeId, callers: &[Vec<NodeId>]) -> HashSet<NodeId> {
    let mut reaching = HashSet::from([node]);
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        for caller in &callers[node.index()] {
            if reaching.insert(*caller) {
                open.push(*caller);
            }
        }
    }
    reaching
}
