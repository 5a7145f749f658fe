//! Work in numbered steps, each announced before it starts and timed when it is done.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::context::Context;

/// What a step found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did its work.
    Done,
    /// All was in place already.
    NothingToDo,
}

/// One step of a word's work.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) title: &'static str,
    pub(crate) action: fn(&Context) -> Result<Outcome>,
}

/// Takes the steps in order and stops at the first that fails.
pub(crate) fn run(context: &Context, steps: &[Step]) -> Result<()> {
    take(context, steps, &mut Vec::new())
}

/// Like [`run`], and ends with a list of what each step took, also when one of them failed.
pub(crate) fn run_with_summary(context: &Context, steps: &[Step]) -> Result<()> {
    let started = Instant::now();
    let mut times = Vec::new();
    let result = take(context, steps, &mut times);
    eprintln!("\nSummary");
    for (step, time) in steps.iter().zip(&times) {
        eprintln!("  ok      {:>8}  {}", clock(*time), step.title);
    }
    if let (Err(_), Some(failed)) = (&result, steps.get(times.len())) {
        eprintln!("  FAILED            {}", failed.title);
    }
    eprintln!("  total   {:>8}", clock(started.elapsed()));
    result
}

fn take(context: &Context, steps: &[Step], times: &mut Vec<Duration>) -> Result<()> {
    for (index, step) in steps.iter().enumerate() {
        let number = index + 1;
        let started = Instant::now();
        eprintln!("[{number}/{}] {} …", steps.len(), step.title);
        let outcome = (step.action)(context)
            .with_context(|| format!("step {number} failed: {}", step.title))?;
        let time = started.elapsed();
        match outcome {
            Outcome::Done => eprintln!("      done in {}", clock(time)),
            Outcome::NothingToDo => eprintln!("      nothing to do"),
        }
        times.push(time);
    }
    Ok(())
}

/// A length of time for people: `0.4 s`, `12 s`, `3 min 05 s`.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{seconds}.{} s", time.subsec_millis() / 100),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use anyhow::bail;

    use super::{Outcome, Step, clock, take};
    use crate::context::Context;

    #[test]
    fn the_first_failure_stops_the_work_and_is_named() {
        let context = Context {
            root: PathBuf::new(),
            target: PathBuf::new(),
            arguments: Vec::new(),
        };
        let fine = Step {
            title: "Fine",
            action: |_| Ok(Outcome::Done),
        };
        let broken = Step {
            title: "Broken",
            action: |_| bail!("why"),
        };
        let mut times = Vec::new();
        let error = take(&context, &[fine, broken, fine], &mut times).unwrap_err();
        assert_eq!(format!("{error:#}"), "step 2 failed: Broken: why");
        assert_eq!(times.len(), 1);
    }

    #[test]
    fn times_are_written_for_people() {
        assert_eq!(clock(Duration::from_millis(430)), "0.4 s");
        assert_eq!(clock(Duration::from_secs(12)), "12 s");
        assert_eq!(clock(Duration::from_secs(185)), "3 min 05 s");
    }
}
