//! The priority of threads that hash: what takes microseconds goes before what takes tens of milliseconds.
//!
//! A hash keeps a processor busy for as long as the system lets it. With the same priority as the threads that answer,
//! a flood of log-ins has every other request wait for its turn.

#[cfg(target_os = "linux")]
use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

#[cfg(target_os = "linux")]
use thread_priority::{
    DeadlineFlags, Error, NormalThreadSchedulePolicy, RealtimeThreadSchedulePolicy, ThreadId,
    ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
};

/// How nice a thread that hashes is (setpriority(2)): 10 of 19, about a tenth of what a thread that answers gets where both
/// want the processor, and all of it where nobody else does. With less, or with the policy `SCHED_IDLE`, log-ins wait for too
/// long while requests take all processors.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// How long a thread that hashes may go on where others want the processor. Since 6.12 Linux puts whoever wakes up and asks for
/// less before it, unless that has just had its share; with equal slices they wait until its slice is over, which is looked at
/// every few milliseconds (`sched_runtime` of `sched_setattr(2)`). With more than this, others wait the longer the fuller the
/// processors are: what somebody has had too much of is remembered up to the longest slice of all. With less, they wait for longer
/// where there is little else to do. Older kernels take no notice.
#[cfg(target_os = "linux")]
const SLICE: Duration = Duration::from_millis(8);

/// How nice the session of a process that hashes is as a whole, beside the other sessions of the machine (sched(7)): as nice as can
/// be, for whoever wakes up often finds that it has just had its share, and stands behind a hash up to a tick of the clock. The
/// less urgent the hash, the longer until that happens again.
#[cfg(target_os = "linux")]
const SESSION: i32 = 19;
/// The same where others keep the processors busy all the time: a hash would take half a second then, and takes a tenth.
#[cfg(target_os = "linux")]
const SESSION_STARVED: i32 = 10;

/// With less of a processor than this a process that hashes is starved, and with more than the other it is no more.
#[cfg(target_os = "linux")]
const STARVED: f64 = 0.2;
#[cfg(target_os = "linux")]
const FED: f64 = 0.5;

/// The session of a process that hashes.
#[cfg(target_os = "linux")]
pub(super) struct Session {
    niceness: i32,
    is_set: bool,
}

#[cfg(target_os = "linux")]
impl Session {
    /// Makes one for this process alone. It does not hear from the server's terminal then: it ends with the server.
    pub(super) fn new() -> Self {
        let _ = rustix::process::setsid();
        // With whoever may have stopped it, nobody would have it go on.
        let _ =
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::CONT));
        // It would go by the name under which the program was found (`exe`).
        let _ = std::fs::write("/proc/self/comm", "latchkey-hash");
        let mut session = Self {
            niceness: SESSION,
            is_set: false,
        };
        session.set();
        session
    }

    /// Does `work`, and makes the session more urgent where that had next to no processor, or less again.
    pub(super) fn during<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (begun, used) = (Instant::now(), processor_time());
        let done = work();
        let used = processor_time().saturating_sub(used);
        let share = used.as_secs_f64() / begun.elapsed().as_secs_f64();
        let niceness = if share < STARVED {
            SESSION_STARVED
        } else if share > FED {
            SESSION
        } else {
            self.niceness
        };
        self.is_set &= niceness == self.niceness;
        self.niceness = niceness;
        self.set();
        done
    }

    fn set(&mut self) {
        if !self.is_set {
            // Without such groups there is no such file, and it is the niceness of the thread that counts.
            let set = std::fs::write("/proc/self/autogroup", self.niceness.to_string());
            // For those who may not do as they like it is once in a tenth of a second, whoever does it: next time, then.
            self.is_set = set.map_or_else(|error| error.kind() != ErrorKind::WouldBlock, |()| true);
        }
    }
}

/// What this thread has used of a processor so far.
#[cfg(target_os = "linux")]
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Elsewhere none of this is known.
#[cfg(not(target_os = "linux"))]
pub(super) struct Session;

#[cfg(not(target_os = "linux"))]
impl Session {
    pub(super) fn new() -> Self {
        Self
    }

    pub(super) fn during<T>(&mut self, work: impl FnOnce() -> T) -> T {
        work()
    }
}

/// Lowers the priority of this thread for good.
#[cfg(target_os = "linux")]
pub(super) fn lower() {
    // On Linux a thread has a priority of its own. Where it cannot be lowered, hashes are as urgent as the rest. Each of these
    // undoes what comes after it: the policy asks for another slice, and the slice for a niceness of 0.
    let thread = Some(rustix::thread::gettid());
    let before = rustix::process::getpriority_process(thread).unwrap_or(0);
    let _ = never_interrupt();
    let _ = ask_for_slice(SLICE);
    let _ = rustix::process::setpriority_process(thread, NICENESS.max(before));
}

/// Asks that nobody be interrupted for this thread when it wakes up, as everybody is for who has had little: whoever has just had it go on
/// after a pause would stand behind it (`SCHED_BATCH`, sched(7)).
#[cfg(target_os = "linux")]
fn never_interrupt() -> Result<(), Error> {
    // A niceness of 0.
    const MIDDLE: u8 = 47;
    let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Batch);
    let priority =
        ThreadPriority::Crossplatform(MIDDLE.try_into().map_err(|_| Error::Priority("is none"))?);
    set_thread_priority_and_policy(thread_native_id(), priority, policy)
}

/// Asks for a slice. There is no call for that alone: the one for deadlines does, told to keep the policy (`SCHED_FLAG_KEEP_POLICY`
/// of `sched_setattr(2)`), where the kernel makes nothing of a deadline.
#[cfg(target_os = "linux")]
fn ask_for_slice(slice: Duration) -> Result<(), Error> {
    const THIS_THREAD: ThreadId = 0;
    let slice = ThreadPriority::Deadline {
        runtime: slice,
        deadline: slice,
        period: slice,
        flags: DeadlineFlags::from_bits_retain(0x08),
    };
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Deadline);
    set_thread_priority_and_policy(THIS_THREAD, slice, policy)
}

/// Makes a session for this process alone, the one that has those that hash pause, and asks for the shortest slice there is: it is to
/// have a processor whenever it wakes up, and needs it for microseconds.
#[cfg(target_os = "linux")]
pub(super) fn be_on_time() {
    const SHORTEST: Duration = Duration::from_micros(100);
    let _ = rustix::process::setsid();
    let _ = std::fs::write("/proc/self/comm", "latchkey-pause");
    let _ = ask_for_slice(SHORTEST);
}

/// Elsewhere the priority is the process's.
#[cfg(not(target_os = "linux"))]
pub(super) fn lower() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_is_nice_asks_for_a_long_slice_and_is_under_no_deadline() {
        let attributes = thread::spawn(|| {
            lower();
            thread_priority::get_thread_scheduling_attributes()
        });
        let attributes = attributes.join().expect("the thread does not panic");
        let attributes = format!("{:?}", attributes.expect("a thread has attributes"));
        let slices = ["8000000", "0"].map(|slice| format!("sched_runtime: {slice},"));
        for (what, values) in [
            ("policy", &["sched_policy: 3,".to_owned()][..]),
            ("niceness", &["sched_nice: 10,".to_owned()]),
            // Older kernels know of none.
            ("slice", &slices),
        ] {
            let has = values
                .iter()
                .any(|value| attributes.contains(value.as_str()));
            assert!(has, "{what}: {attributes}");
        }
    }
}
