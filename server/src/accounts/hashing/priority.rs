//! The priority of threads that hash: what takes microseconds goes before what takes tens of milliseconds.
//!
//! A hash keeps a processor busy for as long as the system lets it. With the same priority as the threads that answer,
//! a flood of log-ins has every other request wait for its turn.

#[cfg(target_os = "linux")]
use std::{io::ErrorKind, thread, time::Duration};

#[cfg(target_os = "linux")]
use thread_priority::{
    DeadlineFlags, RealtimeThreadSchedulePolicy, ThreadId, ThreadPriority, ThreadSchedulePolicy,
    set_thread_priority_and_policy,
};

/// How nice a thread that hashes is (setpriority(2)): 10 of 19, about a tenth of what a thread that answers gets where both
/// want the processor, and all of it where nobody else does. With less, or with the policy `SCHED_IDLE`, log-ins wait for too
/// long while requests take all processors.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// How long a thread that hashes may go on where others want the processor: the most that can be asked for. Since 6.12
/// Linux puts whoever wakes up and asks for less before it at once; with equal slices they wait until its slice is over, which
/// is looked at every few milliseconds (`sched_runtime` of `sched_setattr(2)`). Older ones take no notice.
#[cfg(target_os = "linux")]
const SLICE: Duration = Duration::from_millis(100);

/// Makes a session for this process alone, and has the system give the session as little of a processor that others want as
/// a thread that hashes gets of its session's. Nor does it hear from the server's terminal: it ends with the server.
#[cfg(target_os = "linux")]
pub(super) fn leave_session() {
    let _ = rustix::process::setsid();
    // It would go by the name under which the program was found (`exe`).
    let _ = std::fs::write("/proc/self/comm", "latchkey-hash");
    // Nobody waits for it, and where no thread can be had it stays as it was.
    let _ = thread::Builder::new().spawn(|| {
        for _ in 0..MOST_TRIES {
            // Without such groups there is no such file, and it is the niceness of the thread that counts.
            match std::fs::write("/proc/self/autogroup", NICENESS.to_string()) {
                // For those who may not do as they like it is once in a tenth of a second, whoever does it.
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(TRY_AGAIN),
                _ => return,
            }
        }
    });
}

/// Elsewhere none of this is known.
#[cfg(not(target_os = "linux"))]
pub(super) fn leave_session() {}

/// How often, and after how long, another niceness of a session is asked for.
#[cfg(target_os = "linux")]
const MOST_TRIES: u32 = 1_000;
#[cfg(target_os = "linux")]
const TRY_AGAIN: Duration = Duration::from_millis(30);

/// Lowers the priority of this thread for good.
#[cfg(target_os = "linux")]
pub(super) fn lower() {
    // On Linux a thread has a priority of its own. Where it cannot be lowered, hashes are as urgent as the rest. The slice
    // comes first, for who sets it asks for a niceness of 0 as well.
    let thread = Some(rustix::thread::gettid());
    let before = rustix::process::getpriority_process(thread).unwrap_or(0);
    let _ = lengthen_slice();
    let _ = rustix::process::setpriority_process(thread, NICENESS.max(before));
}

/// Asks for the slice. There is no call for that alone: the one for deadlines does, told to keep the policy (`SCHED_FLAG_KEEP_POLICY`
/// of `sched_setattr(2)`), where the kernel makes nothing of a deadline.
#[cfg(target_os = "linux")]
fn lengthen_slice() -> Result<(), thread_priority::Error> {
    const THIS_THREAD: ThreadId = 0;
    let slice = ThreadPriority::Deadline {
        runtime: SLICE,
        deadline: SLICE,
        period: SLICE,
        flags: DeadlineFlags::from_bits_retain(0x08),
    };
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Deadline);
    set_thread_priority_and_policy(THIS_THREAD, slice, policy)
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
        let slices = ["100000000", "0"].map(|slice| format!("sched_runtime: {slice},"));
        for (what, values) in [
            ("policy", &["sched_policy: 0,".to_owned()][..]),
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
