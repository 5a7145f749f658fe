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

/// Measures two things, one after the other, in every round in the other order.
pub(crate) fn alternate(
    rounds: u32,
    mut ours: impl FnMut() -> Result<Run>,
    mut rival: impl FnMut() -> Result<Run>,
) -> Result<(Runs, Runs)> {
    let (mut of_ours, mut of_rival) = (Runs::default(), Runs::default());
    for round in 0..rounds {
        if round % 2 == 0 {
            of_ours.0.push(ours()?);
            of_rival.0.push(rival()?);
        } else {
            of_rival.0.push(rival()?);
            of_ours.0.push(ours()?);
        }
    }
    Ok((of_ours, of_rival))
}
