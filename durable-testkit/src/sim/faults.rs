//! What goes wrong with workers.

use std::time::Duration;

use super::world::{Next, Sim, Who};

impl Sim {
    pub(super) fn plan_fault(&mut self) {
        let after = self.rng.millis(20, 1500);
        self.plan(after, Next::Fault);
    }

    /// Something goes wrong with one of the workers.
    pub(super) fn fault(&mut self) {
        if !self.faults {
            return;
        }
        self.plan_fault();
        let everybody = self.everybody();
        if everybody.is_empty() {
            return;
        }
        let who = everybody[self.rng.index(everybody.len())];
        match self.rng.below(10) {
            0..=3 => self.crash(who),
            4..=6 => self.pause(who),
            7 | 8 => self.jump(who),
            _ => self.stop(who),
        }
    }

    /// As by SIGSTOP: what it has asked for still happens; it sees nothing of it.
    fn pause(&mut self, who: Who) {
        let lasts = if self.rng.chance(500) { self.rng.millis(10, 500) } else { self.rng.millis(500, 8000) };
        let until = self.now + lasts;
        let Some(live) = self.live(who).filter(|live| live.paused_until.is_none()) else { return };
        live.paused_until = Some(until);
        self.counters.pauses += 1;
        self.note(format_args!("w{} is paused until {}", who.slot, until.unix_micros() / 1000));
        self.plan_at(until, Next::Resume(who));
    }

    pub(super) fn resume(&mut self, who: Who) {
        let now = self.now;
        // Those that were told to go on earlier have done so.
        let Some(live) = self.live(who).filter(|live| live.paused_until.is_some_and(|until| until <= now)) else {
            return;
        };
        live.paused_until = None;
        self.note(format_args!("w{} goes on", who.slot));
        self.wake(who);
    }

    /// Its clock jumps, forward or back.
    fn jump(&mut self, who: Who) {
        let by = self.rng.millis(1, 20_000);
        let back = self.rng.chance(500);
        let Ok(micros) = i64::try_from(by.as_micros()) else { return };
        let Some(live) = self.live(who) else { return };
        live.skew = if back { -micros } else { micros };
        self.largest_jump = self.largest_jump.max(by);
        self.counters.jumps += 1;
        self.note(format_args!(
            "the clock of w{} jumps by {}{} ms",
            who.slot,
            if back { "-" } else { "" },
            by.as_millis()
        ));
        self.wake(who);
    }

    /// A shutdown in good order; another worker comes later.
    pub(super) fn stop(&mut self, who: Who) {
        let grace = self.rng.millis(0, 1000);
        let until = self.now + grace;
        let Some(live) = self.live(who).filter(|l| l.paused_until.is_none() && l.stopping_until.is_none()) else {
            return;
        };
        live.engine.stop();
        live.stopping_until = Some(until);
        self.counters.stops += 1;
        self.note(format_args!("w{} is told to stop", who.slot));
        self.wake(who);
    }

    /// From now on everything works: all workers go on, and their clocks are right.
    pub(super) fn faults_end(&mut self) {
        self.faults = false;
        self.note(format_args!("the faults end"));
        let mut after = Duration::ZERO;
        for who in self.everybody() {
            let now = self.now;
            let Some(live) = self.live(who) else { continue };
            live.skew = 0;
            live.slowness = 1;
            // The events that wait for the end of its pause stay where they are.
            if let Some(until) = live.paused_until {
                after = after.max(until - now);
            }
            self.wake(who);
        }
        // The last pause counts as a fault: the bound begins after it.
        self.largest_jump += after;
    }
}
