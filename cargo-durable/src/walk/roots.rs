//! Where the walk begins.

use super::Walk;
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
