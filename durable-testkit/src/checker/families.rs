//! I18: parents and their children.

use std::collections::BTreeMap;

use durable_core::InstanceKey;
use durable_core::history::{Event, Parent, Turn};
use durable_core::store::InstanceRecord;

use super::{InstanceState, Report, Snapshot};

/// The histories that can be read.
pub(super) type Histories = BTreeMap<InstanceKey, Vec<Turn>>;

struct Families<'a> {
    snapshot: &'a Snapshot,
    histories: &'a Histories,
    by_id: BTreeMap<&'a str, &'a InstanceState>,
}

pub(super) fn check(snapshot: &Snapshot, histories: &Histories, report: &mut Report) {
    let by_id = snapshot.instances.iter().map(|i| (i.record.id.as_str(), i)).collect();
    let families = Families { snapshot, histories, by_id };
    for state in &snapshot.instances {
        if families.goes_on(state) {
            continue;
        }
        if let Some(parent) = families.parent_of(state) {
            families.check_child(state, parent, report);
        }
        families.check_parent(state, report);
    }
}

impl Families<'_> {
    /// Whether it goes on after an end, or began with copied turns: then the calls in its history, and
    /// its parent's, name an execution that is over, and are made good by messages on their way.
    fn goes_on(&self, state: &InstanceState) -> bool {
        let copied = |e: &Event| matches!(e, Event::ExecutionRewound { .. } | Event::ExecutionForked { .. });
        self.snapshot.is_to_rewind(state.record.key) || self.messages(state).any(copied)
    }

    /// What the instance has seen and what waits for it.
    fn messages(&self, state: &InstanceState) -> impl Iterator<Item = &Event> {
        let key = state.record.key;
        let taken = self.histories.get(&key).into_iter().flatten().flat_map(|t| &t.messages);
        taken.chain(self.waiting(state))
    }

    fn waiting(&self, state: &InstanceState) -> impl Iterator<Item = &Event> {
        let key = state.record.key;
        self.snapshot.inbox.iter().filter(move |m| m.to == key).map(|m| &m.message)
    }

    fn decisions(&self, state: &InstanceState) -> impl Iterator<Item = &Event> {
        self.histories.get(&state.record.key).into_iter().flatten().flat_map(|t| &t.decisions)
    }

    fn parent_of(&self, state: &InstanceState) -> Option<&Parent> {
        self.messages(state).find_map(|e| match e {
            Event::ExecutionStarted(started) => started.parent.as_ref(),
            _ => None,
        })
    }

    fn reports(&self, state: &InstanceState, parent: &Parent) -> usize {
        let (task, of) = (parent.task, parent.attempt);
        let is_it = |e: &&Event| match e {
            Event::SubOrchestrationCompleted { id, attempt, .. }
            | Event::SubOrchestrationFailed { id, attempt, .. } => (*id, *attempt) == (task, of),
            _ => false,
        };
        self.messages(state).filter(is_it).count()
    }

    fn check_child(&self, child: &InstanceState, parent: &Parent, report: &mut Report) {
        let r = &child.record;
        let told = || self.messages(child).any(|e| matches!(e, Event::TerminateRequested { .. }));
        let holder = self.by_id.get(parent.instance.as_str());
        let Some(holder) = holder.filter(|holder| !self.is_another_life(holder, r, parent)) else {
            // It has ended, and was purged. What it awaited ends, too, but may take its time.
            if !r.status.is_finished() && !told() {
                let what = format!("its parent {} is not there, and it was not told to end", parent.instance);
                report.add("I18", Some(&r.id), what);
            }
            return;
        };
        if self.goes_on(holder) {
            return;
        }
        let (id, attempt) = (parent.task, parent.attempt);
        let waits = holder.record.execution == parent.execution && !holder.record.status.is_finished();
        if r.status.is_finished() {
            let reports = self.reports(holder, parent);
            if waits && reports != 1 {
                let what = format!("it has ended, and its parent was told {reports} times (#{id}, attempt {attempt})");
                report.add("I18", Some(&r.id), what);
            }
            return;
        }
        let let_go =
            self.decisions(holder).any(|d| matches!(d, Event::SubOrchestrationCanceled { id: i, .. } if *i == id));
        if (!waits || let_go) && !told() {
            let why = if waits { "let go of it" } else { "has ended" };
            report.add("I18", Some(&r.id), format!("its parent {} {why}, and it was not told to end", parent.instance));
        }
    }

    /// Whether the parent was purged, and another instance of its id began meanwhile: one that has
    /// not called this child.
    fn is_another_life(&self, holder: &InstanceState, child: &InstanceRecord, parent: &Parent) -> bool {
        let called = |d: &Event| match d {
            Event::SubOrchestrationCreated(c) => c.id == parent.task && c.instance == child.id.as_str(),
            _ => false,
        };
        holder.record.execution == parent.execution && !self.goes_on(holder) && !self.decisions(holder).any(called)
    }

    /// Somebody will answer each call that is open.
    fn check_parent(&self, state: &InstanceState, report: &mut Report) {
        let r = &state.record;
        if r.status.is_finished() {
            return;
        }
        let mut open = BTreeMap::new();
        for decision in self.decisions(state) {
            match decision {
                Event::SubOrchestrationCreated(c) if !c.detached => {
                    open.insert(c.id, c);
                }
                Event::SubOrchestrationCanceled { id, .. } | Event::TaskCanceled { id } => {
                    open.remove(id);
                }
                _ => {}
            }
        }
        for (id, created) in open {
            let (instance, execution, attempt) = (r.id.to_string(), r.execution, created.attempt);
            let call = Parent { instance, execution, task: id, attempt };
            let child = self.by_id.get(created.instance.as_str());
            if child.is_some_and(|c| self.goes_on(c)) {
                continue;
            }
            let runs = child.is_some_and(|c| self.parent_of(c) == Some(&call) && !c.record.status.is_finished());
            let reports = self.reports(state, &call);
            if reports != usize::from(!runs) {
                let what = format!(
                    "child {:?} of #{id} {}, and there are {reports} reports",
                    created.instance,
                    if runs { "runs" } else { "does not run" }
                );
                report.add("I18", Some(&r.id), what);
            }
        }
    }
}
