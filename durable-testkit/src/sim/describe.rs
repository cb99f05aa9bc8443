//! Calls as the trace shows them.

use durable_core::store::{Commit, Recipient, Subject};

use super::calls::Request;
use super::world::Who;

impl Request {
    pub(super) fn describe(&self) -> String {
        match self {
            Request::Commit(batch) => format!("commit {}", batch.iter().map(describe).collect::<Vec<_>>().join("; ")),
            Request::Claim(claim) => format!("claim up to {} as worker {}", claim.limit, claim.lease.worker),
            Request::Mail(_, after) => format!("mail after {after}"),
            Request::Reload(_, keys, ids) => format!("reload {keys:?} {ids:?}"),
            Request::Start(_, commit) => format!("start {}", describe(commit)),
            Request::StartAgain(_, commit) => format!("start again {}", describe(commit)),
            Request::Poke(commit) => format!("poke {}", describe(commit)),
            Request::Rewind(commit) => format!("rewind {}", describe(commit)),
            Request::Recheck(offers) => format!("recheck {offers:?}"),
            Request::Purge(named) => format!("purge {named:?}"),
            Request::Forget(before) => format!("forget requests before {before}"),
            Request::Act(_, commit) => format!("send {}", describe(commit)),
        }
    }
}

/// A commit in one line.
fn describe(commit: &Commit) -> String {
    let subject = match &commit.subject {
        Subject::New(new) => format!("new {}", new.id),
        Subject::Owned { key, .. } => format!("instance {key}"),
        Subject::Existing { id, .. } => format!("existing {id}"),
        Subject::Finished { id, .. } => format!("finished {id}"),
    };
    let turn = commit.turn.as_ref().map(|t| format!(" turn {} {}", t.packed.seq, t.packed.body)).unwrap_or_default();
    let update = commit.update.as_ref().map(|u| format!(" -> {} {:?}", u.status, u.ownership)).unwrap_or_default();
    let next = commit.next.as_ref().map(|n| format!(" next {}", n.messages.len())).unwrap_or_default();
    let consumed = if commit.consumed.is_empty() { String::new() } else { format!(" consumes {:?}", commit.consumed) };
    let deliveries = commit.deliveries.iter().map(|d| match &d.to {
        Recipient::Subject => format!(" -> itself: {}", d.message),
        Recipient::Id { id, .. } => format!(" -> {id}: {}", d.message),
        Recipient::Finished { id } => format!(" -> finished {id}: {}", d.message),
        Recipient::New { instance, .. } => format!(" -> new {}", instance.id),
    });
    let deliveries: String = deliveries.collect();
    format!("{subject}{turn}{consumed}{update}{next}{deliveries}")
}

pub(super) fn name(who: Option<Who>) -> String {
    who.map_or_else(|| "client".into(), |who| format!("w{}", who.slot))
}
