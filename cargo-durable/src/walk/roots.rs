//! Where the walk begins.

use std::collections::HashSet;

use super::{Role, Walk};
use crate::helpers::Helper;
use crate::objects::NodeId;
use crate::symbol::Symbol;

impl Walk<'_, '_> {
    /// Every orchestrator: the function that registers it, and its name. Where it is from a
    /// dependency, that one is checked as if it were of the workspace.
    pub(super) fn orchestrators(&mut self) -> Vec<(NodeId, String)> {
        let nodes = self.program.named_with(&["13macro_support", "12orchestrator"]);
        let mut roots = Vec::new();
        for node in nodes {
            let Some(symbol) = self.info(node).symbol else { continue };
            // Not the closures within.
            if symbol.path.iter().eq(["durable_core", "macro_support", "orchestrator"]) {
                let path = first_argument(&symbol).unwrap_or_else(|| self.path_by_callee(node));
                roots.push((node, readable(&path)));
                self.scope.add_user(path);
            }
        }
        // Whose code is whose may have changed.
        self.infos.clear();
        roots
    }

    /// Every body of an orchestrator or helper, and every async block in one.
    pub(super) fn blocks(&mut self) -> Vec<(NodeId, String)> {
        let nodes = self.program.named_with(&["13macro_support", "5Block", "4poll"]);
        let mut roots = Vec::new();
        for node in nodes {
            let Some(symbol) = self.info(node).symbol else { continue };
            if symbol.is_below("durable_core::macro_support::Block::poll") && symbol.path.len() == 4 {
                let path = first_argument(&symbol).unwrap_or_else(|| self.path_by_callee(node));
                roots.push((node, readable(&path)));
            }
        }
        roots
    }

    /// Every async body of a helper that the program makes and never polls: that of a library that
    /// nothing in it calls. What makes it names it.
    pub(super) fn unpolled(&mut self) -> Vec<(NodeId, String)> {
        let makers = self.program.named_with(&["13macro_support", "5block"]);
        let mut bodies = HashSet::new();
        for node in makers {
            let Some(symbol) = self.info(node).symbol else { continue };
            let body = symbol.text.strip_prefix("durable_core::macro_support::block::<");
            bodies.extend(body.and_then(|body| body.strip_suffix('>')).map(str::to_owned));
        }
        if bodies.is_empty() {
            return Vec::new();
        }
        let scope = &self.scope;
        // A closure's name ends with its number and the crate where it is instantiated.
        let nodes = self.program.functions(|file| scope.is_users_file(file), |name| name.starts_with("_RNC"));
        self.roots_among(nodes, |_, symbol, _| bodies.contains(&symbol.text))
    }

    /// Every helper that is a function of its own: with one that awaits nothing, nothing in the
    /// object code but its name and its lines says so.
    pub(super) fn helpers(&mut self, helpers: &[Helper]) -> Vec<(NodeId, String)> {
        if helpers.is_empty() {
            return Vec::new();
        }
        let scope = &self.scope;
        let is_named = |name: &str| helpers.iter().any(|helper| name.contains(&helper.name));
        let nodes = self.program.functions(|file| scope.is_users_file(file), is_named);
        self.roots_among(nodes, |walk, symbol, node| {
            let name = symbol.path.last().map_or("", String::as_str);
            // Most have another name, and need not be located.
            let mut named = helpers.iter().filter(|helper| helper.name == name).peekable();
            if named.peek().is_none() {
                return false;
            }
            walk.program.definition(node).is_some_and(|at| named.any(|helper| helper.has(&at)))
        })
    }

    fn roots_among(
        &mut self,
        nodes: Vec<NodeId>,
        is_root: impl Fn(&mut Self, &Symbol, NodeId) -> bool,
    ) -> Vec<(NodeId, String)> {
        let mut roots = Vec::new();
        for node in nodes {
            let info = self.info(node);
            if let Some(symbol) = info.symbol.filter(|_| info.role == Role::User)
                && is_root(self, &symbol, node)
            {
                roots.push((node, readable(&symbol.path)));
            }
        }
        roots
    }

    /// The legacy mangling has no generic arguments; the first function that it calls is named
    /// for the orchestrator.
    fn path_by_callee(&mut self, root: NodeId) -> Vec<String> {
        let mut open = vec![root];
        // From the registration through its closure to the function is three calls.
        for _ in 0..3 {
            let edges: Vec<_> = open.iter().flat_map(|node| self.program.edges(*node)).collect();
            open = edges.into_iter().map(|edge| edge.to).collect();
            let mut named = open.iter().filter_map(|node| self.info(*node).symbol);
            if let Some(symbol) = named.find(|symbol| matches!(symbol.name(), "definition" | "run")) {
                return symbol.path.clone();
            }
        }
        Vec::new()
    }
}

/// `orchestrator::<shop::flow, ..>` and `<Block<shop::flow::run::{closure#0}> as ..>`.
fn first_argument(symbol: &Symbol) -> Option<Vec<String>> {
    let (_, arguments) = symbol.text.split_once("orchestrator::<").or_else(|| symbol.text.split_once("::Block<"))?;
    // What begins like an impl is one: its path is what counts.
    Some(Symbol::of_argument(arguments))
}

/// The path without the crate and without the parts that the macros and the compiler add.
pub(super) fn readable(path: &[String]) -> String {
    let mut own: Vec<&str> = path.iter().map(String::as_str).filter(|s| !s.starts_with('{')).collect();
    if own.len() > 2 && own.last().is_some_and(|last| matches!(*last, "run" | "definition")) {
        own.pop();
    }
    if own.len() > 1 {
        own.remove(0);
    }
    if own.is_empty() { "an orchestrator".to_owned() } else { own.join("::") }
}
