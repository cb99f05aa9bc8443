//! From every orchestrator through all that it may call, to the leaves that are forbidden.
//!
//! An orchestrator's root is the function that registers it: from there the walk comes to the
//! decoding of its input, its body, and the encoding of its result, all of which run at replay.

mod chains;
mod leaves;
mod roots;
mod scope;

use std::collections::VecDeque;
use std::rc::Rc;

use durable_rules::Code;
use durable_rules::leaves::{Caller, Foreign, foreign};

pub(crate) use chains::{Finding, Hop};
use leaves::{Found, Judgement, Leaves};
pub(crate) use scope::{Role, Scope};

use crate::helpers::Helper;
use crate::objects::{Edge, Location, NodeId, Program, Site};
use crate::symbol::Symbol;

/// What the walk found.
pub(crate) struct Outcome {
    pub(crate) findings: Vec<Finding>,
    /// How many orchestrators were checked.
    pub(crate) orchestrators: usize,
    /// How many functions were looked at.
    pub(crate) functions: usize,
    /// Where `durable::trust!` ended the walk.
    pub(crate) trusted: Vec<Location>,
}

/// A reference to something forbidden.
#[derive(Clone, Copy)]
struct Forbidden {
    from: NodeId,
    edge: Edge,
    found: Found,
}

/// What is known of a node.
#[derive(Clone)]
struct Info {
    symbol: Option<Rc<Symbol>>,
    role: Role,
}

enum Verdict {
    /// It may call what is there.
    Follow,
    Forbidden(Found),
    /// Vouched for by the user.
    Trusted,
    /// The walk ends here.
    Stop,
}

/// The part of the program that orchestrators reach.
struct Walk<'p, 'd> {
    program: &'p mut Program<'d>,
    scope: Scope,
    leaves: Leaves,
    infos: Vec<Option<Info>>,
    /// What each node may call, of those that were reached.
    calls: Vec<Vec<Edge>>,
    /// Over which call each was reached first; roots have none.
    reached_over: Vec<Option<(NodeId, Site)>>,
    is_reached: Vec<bool>,
    order: Vec<NodeId>,
    forbidden: Vec<Forbidden>,
    trusted: Vec<Site>,
}

/// Walks a whole program. `helpers`: those in the sources of the workspace.
pub(crate) fn check(program: &mut Program<'_>, scope: Scope, helpers: &[Helper]) -> Outcome {
    let mut walk = Walk {
        program,
        scope,
        leaves: Leaves::new(),
        infos: Vec::new(),
        calls: Vec::new(),
        reached_over: Vec::new(),
        is_reached: Vec::new(),
        order: Vec::new(),
        forbidden: Vec::new(),
        trusted: Vec::new(),
    };
    let orchestrators = walk.orchestrators();
    for (node, _) in &orchestrators {
        walk.walk_from(*node);
    }
    let mut roots = orchestrators;
    let registered = roots.len();
    // Helpers that no orchestrator in this program calls: those of a library.
    let mut others = walk.blocks();
    others.extend(walk.unpolled());
    others.extend(walk.helpers(helpers));
    for (node, name) in others {
        if !walk.is_reached(node) {
            walk.walk_from(node);
            roots.push((node, name));
        }
    }
    let findings = walk.findings(&roots);
    let sites = std::mem::take(&mut walk.trusted);
    let mut trusted: Vec<_> = sites.into_iter().filter_map(|site| walk.program.locate(site)).collect();
    trusted.sort();
    trusted.dedup();
    Outcome { findings, orchestrators: registered, functions: walk.order.len(), trusted }
}

impl Walk<'_, '_> {
    fn is_reached(&self, node: NodeId) -> bool {
        self.is_reached.get(node.index()).copied().unwrap_or(false)
    }

    fn reach(&mut self, node: NodeId, over: Option<(NodeId, Site)>) {
        let known = self.program.len();
        self.is_reached.resize(known, false);
        self.reached_over.resize(known, None);
        self.calls.resize_with(known, Vec::new);
        self.is_reached[node.index()] = true;
        self.reached_over[node.index()] = over;
        self.order.push(node);
    }

    /// In breadth, so that the chains are short.
    fn walk_from(&mut self, root: NodeId) {
        if self.is_reached(root) {
            return;
        }
        self.reach(root, None);
        let mut queue = VecDeque::from([root]);
        while let Some(node) = queue.pop_front() {
            let edges = self.program.edges(node);
            self.find_changing_statics(node, &edges);
            let mut calls = Vec::new();
            for edge in edges {
                match self.judge(node, edge) {
                    Verdict::Follow => {
                        calls.push(edge);
                        if !self.is_reached(edge.to) {
                            self.reach(edge.to, Some((node, edge.site)));
                            queue.push_back(edge.to);
                        }
                    }
                    Verdict::Forbidden(found) => self.forbidden.push(Forbidden { from: node, edge, found }),
                    Verdict::Trusted => self.trusted.push(edge.site),
                    Verdict::Stop => {}
                }
            }
            self.calls[node.index()] = calls;
        }
    }

    fn judge(&mut self, from: NodeId, edge: Edge) -> Verdict {
        let caller = self.info(from);
        let callee = self.info(edge.to);
        let Some(symbol) = &callee.symbol else { return self.judge_foreign(caller.role, edge.to) };
        if symbol.is_below("durable_core::macro_support::trusted") {
            return Verdict::Trusted;
        }
        if self.scope.is_sanctioned(symbol, self.program.file(edge.to)) || is_order_free(symbol) {
            return Verdict::Stop;
        }
        match self.leaves.judge(symbol) {
            // The engine keeps its own promises.
            Judgement::Forbidden(_) if caller.role.is_sanctioned() => Verdict::Stop,
            Judgement::Forbidden(found) if found.is_crate && is_same_crate(&caller, symbol) => Verdict::Follow,
            Judgement::Forbidden(found) if found.caller == Caller::Anyone || caller.role == Role::User => {
                Verdict::Forbidden(found)
            }
            Judgement::Harmless => Verdict::Stop,
            Judgement::Forbidden(_) | Judgement::Unknown => Verdict::Follow,
        }
    }

    /// Functions of C, and data without a name.
    fn judge_foreign(&self, caller: Role, callee: NodeId) -> Verdict {
        let name = self.program.name(callee);
        if name.is_empty() || self.program.file(callee).is_some() {
            return Verdict::Follow;
        }
        match foreign(name) {
            _ if caller.is_sanctioned() => Verdict::Stop,
            Foreign::Forbidden(code) => Verdict::Forbidden(Found::of_code(code)),
            // Dependencies call many; what they are for is what the table says of the dependency.
            Foreign::Unknown if caller == Role::User => Verdict::Forbidden(Found::of_code(Code::Unsafe)),
            Foreign::Unknown | Foreign::Harmless => Verdict::Stop,
        }
    }

    /// A function of the user's that works on atomics and names one of the user's statics: no
    /// call says that the static changes.
    fn find_changing_statics(&mut self, node: NodeId, edges: &[Edge]) {
        if self.info(node).role != Role::User {
            return;
        }
        let is_atomic =
            |walk: &mut Self, edge: &Edge| walk.info(edge.to).symbol.is_some_and(|s| is_atomic_operation(&s));
        if !edges.iter().any(|edge| is_atomic(self, edge)) {
            return;
        }
        for edge in edges {
            let Some(symbol) = self.info(edge.to).symbol else { continue };
            let is_users = self.scope.is_users(&symbol);
            // `tracing` and `inventory` expand to statics of their own.
            if is_users && !symbol.name().starts_with("__") && self.program.is_writable(edge.to) {
                self.forbidden.push(Forbidden { from: node, edge: *edge, found: Found::of_code(Code::SharedState) });
            }
        }
    }

    fn info(&mut self, node: NodeId) -> Info {
        let index = node.index();
        if let Some(Some(info)) = self.infos.get(index) {
            return info.clone();
        }
        let symbol = Symbol::parse(self.program.name(node)).map(Rc::new);
        let role = symbol.as_deref().map_or(Role::Other, |symbol| self.scope.role(symbol));
        let info = Info { symbol, role };
        if self.infos.len() <= index {
            self.infos.resize(self.program.len().max(index + 1), None);
        }
        self.infos[index] = Some(info.clone());
        info
    }
}

fn is_same_crate(caller: &Info, callee: &Symbol) -> bool {
    caller.symbol.as_ref().is_some_and(|caller| caller.owners.first() == callee.owners.first())
}

/// Visits all entries of a map, and its result does not depend on their order.
fn is_order_free(symbol: &Symbol) -> bool {
    let is_hash = symbol.is_below("std::collections::hash") || symbol.is_below("hashbrown");
    if is_hash && matches!(symbol.name(), "eq" | "ne" | "is_subset" | "is_superset" | "is_disjoint") {
        return true;
    }
    // Straight from one map into another one, or into something ordered.
    let is_ordered = symbol.is_below("alloc::collections::btree") || symbol.is_below("alloc::collections::binary_heap");
    (is_hash || is_ordered)
        && matches!(symbol.name(), "from_iter" | "extend")
        && symbol.text.rsplit_once("::<").is_some_and(|(_, from)| from.starts_with("std::collections::hash::"))
}

fn is_atomic_operation(symbol: &Symbol) -> bool {
    let name = symbol.name();
    let is_operation = name.starts_with("fetch_")
        || name.starts_with("compare_exchange")
        || matches!(name, "load" | "store" | "swap" | "compare_and_swap");
    is_operation && symbol.is_below("core::sync::atomic")
}
