//! The priority of threads that hash: what takes microseconds goes before what takes tens of milliseconds.
//!
//! A hash keeps a processor busy for as long as the system lets it. With the same priority as the threads that answer,
//! a flood of log-ins has every other request wait for its turn.

/// How nice a thread that hashes is (setpriority(2)): 10 of 19, about a tenth of what a thread that answers gets where both
/// want the processor, and all of it where nobody else does. With less, or with the policy `SCHED_IDLE`, log-ins wait for too
/// long while requests take all processors.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Lowers the priority of this thread for good.
#[cfg(target_os = "linux")]
pub(super) fn lower() {
    // On Linux a thread has a priority of its own. Where it cannot be lowered, hashes are as urgent as the rest.
    let thread = rustix::thread::gettid();
    let _ = rustix::process::setpriority_process(Some(thread), NICENESS);
}

/// Elsewhere the priority is the process's.
#[cfg(not(target_os = "linux"))]
pub(super) fn lower() {}
