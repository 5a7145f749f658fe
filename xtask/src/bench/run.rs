//! Runs of load, in figures, and taking turns with them.

use anyhow::Result;

use super::statistics::Sample;

/// One run of load, in figures. Times are microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// Answers a second.
    pub(crate) rate: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Processor time that the server took for an answer.
    pub(crate) cpu: f64,
}

/// Runs of the same load, one a round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs(pub(crate) Vec<Run>);

impl Runs {
    pub(crate) fn sample(&self, figure: impl Fn(&Run) -> f64) -> Sample {
        Sample::new(self.0.iter().map(figure))
    }
}

/// Measures several things, one after the other, in every round in the other order.
pub(crate) fn in_turns<const N: usize>(
    rounds: u32,
    mut all: [&mut dyn FnMut() -> Result<Run>; N],
) -> Result<[Runs; N]> {
    let mut runs = [(); N].map(|()| Runs::default());
    for round in 0..rounds {
        let mut turn: Vec<_> = all.iter_mut().zip(&mut runs).collect();
        if round % 2 == 1 {
            turn.reverse();
        }
        for (measure, runs) in turn {
            runs.0.push(measure()?);
        }
    }
    Ok(runs)
}
