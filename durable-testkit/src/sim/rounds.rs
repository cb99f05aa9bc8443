//! A worker's round: time, turns, effects.

use std::time::Duration;

use durable_core::worker::engine::Effect;

use super::calls::Request;
use super::worker::{shifted, stretched, unshifted};
use super::world::{Next, Sim, Who};

impl Sim {
    /// Something has happened to the worker: a round is to come.
    pub(super) fn wake(&mut self, who: Who) {
        let after = self.rng.millis(0, 1);
        let now = self.now;
        let Some(live) = self.live(who) else { return };
        let at = now + stretched(after, live.slowness);
        if live.round_at.is_none_or(|planned| planned > at) {
            live.round_at = Some(at);
            self.plan_at(at, Next::Round(who));
        }
    }

    pub(super) fn round(&mut self, who: Who) {
        let now = self.now;
        // A round that was planned earlier, or for earlier, has taken its place.
        if self.live(who).is_none_or(|live| live.round_at.is_none_or(|at| at > now)) {
            return;
        }
        let Some(live) = self.awake(who, Next::Round(who)) else { return };
        live.round_at = None;
        live.engine.tick(shifted(now, live.skew));
        let effects = live.engine.run();
        for effect in effects {
            self.effect(who, effect);
        }
        let Some(live) = self.live(who) else { return };
        if live.engine.has_lost_lease() {
            return self.lose(who);
        }
        if live.stopping_until.is_some_and(|until| live.engine.is_drained() || now >= until) {
            return self.leave(who);
        }
        let skew = live.skew;
        let deadline = live.engine.next_deadline().map(|at| unshifted(at, skew));
        let deadline = deadline.into_iter().chain(live.stopping_until).min();
        if let Some(at) = deadline {
            let at = at.max(now + Duration::from_millis(1));
            if live.round_at.is_none_or(|planned| planned > at) {
                live.round_at = Some(at);
                self.plan_at(at, Next::Round(who));
            }
        }
        self.hear(who);
    }

    fn effect(&mut self, who: Who, effect: Effect) {
        match effect {
            Effect::Commit(batch) => self.call(who, Request::Commit(batch)),
            Effect::Claim(claim) => self.call(who, Request::Claim(claim)),
            Effect::Mail(lease, after) => self.call(who, Request::Mail(lease, after)),
            Effect::Reload(lease, keys, ids) => self.call(who, Request::Reload(lease, keys, ids)),
            Effect::Run(run) => self.run_starts(who, run),
            // Nobody waits for the answer; the worker may have gone by then.
            Effect::Recheck(offers) => self.call_for(None, 1, Request::Recheck(offers)),
        }
    }

    /// It has let go of everything, or runs out of time.
    fn leave(&mut self, who: Who) {
        let Some(mut live) = self.slots.get_mut(who.slot).and_then(|s| s.live.take()) else { return };
        live.engine.abandon();
        self.note(format_args!("w{} leaves", who.slot));
        self.release(live.lease);
        drop(live);
        let after = self.rng.millis(1, if self.faults { 2000 } else { 100 });
        self.plan(after, Next::Enter(who.slot));
    }
}
