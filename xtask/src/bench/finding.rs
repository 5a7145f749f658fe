//! What a row found, and whether it is what was wanted.

use super::run::Runs;
use super::statistics::{Sample, figure};

/// What a figure is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// Nothing in particular: it is shown.
    Shown,
}

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) what: String,
    pub(super) unit: &'static str,
    pub(super) ours: Sample,
    /// What it is measured against, and how that did.
    pub(super) rival: Option<(String, Sample)>,
    pub(super) target: Target,
    /// What else was seen, by name.
    pub(super) extras: Vec<(String, Sample)>,
    pub(super) skipped: Option<String>,
}

impl Finding {
    /// A figure that is judged by itself.
    pub(crate) fn alone(
        what: impl Into<String>,
        ours: Sample,
        unit: &'static str,
        target: Target,
    ) -> Self {
        Self {
            what: what.into(),
            unit,
            ours,
            rival: None,
            target,
            extras: Vec::new(),
            skipped: None,
        }
    }

    /// A figure whose ratio to another one is judged.
    pub(crate) fn against(
        what: impl Into<String>,
        (ours, rival): (Sample, Sample),
        unit: &'static str,
        rival_name: &str,
        target: Target,
    ) -> Self {
        Self {
            rival: Some((rival_name.to_owned(), rival)),
            ..Self::alone(what, ours, unit, target)
        }
    }

    /// Rates against rates, with what else runs of load tell.
    pub(crate) fn of_runs(
        what: impl Into<String>,
        ours: &Runs,
        rival: &Runs,
        rival_name: &str,
        target: Target,
    ) -> Self {
        let rates = (ours.sample(|run| run.rate), rival.sample(|run| run.rate));
        let mut finding = Self::against(what, rates, "/s", rival_name, target);
        let figures = |runs: &Runs| {
            [
                ("p50 ms", runs.sample(|run| run.p50 / 1e3)),
                ("p99 ms", runs.sample(|run| run.p99 / 1e3)),
                ("CPU µs each", runs.sample(|run| run.cpu)),
            ]
        };
        for ((name, ours), (_, rival)) in figures(ours).into_iter().zip(figures(rival)) {
            finding = finding
                .with(name, ours)
                .with(&format!("{rival_name}: {name}"), rival);
        }
        finding
    }

    /// What cannot be measured yet, and why.
    pub(crate) fn skipped(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            skipped: Some(why.into()),
            ..Self::alone(what, Sample::default(), "", Target::Shown)
        }
    }

    /// Adds a figure that is not judged; one that nobody could measure is left out.
    pub(crate) fn with(mut self, name: &str, sample: Sample) -> Self {
        if !sample.median().is_nan() {
            self.extras.push((name.to_owned(), sample));
        }
        self
    }

    /// The figure that is judged.
    pub(super) fn judged(&self) -> Sample {
        match &self.rival {
            Some((_, rival)) => self.ours.over(rival),
            None => self.ours.clone(),
        }
    }

    /// Whether the target is met; None where there is none.
    pub(crate) fn met(&self) -> Option<bool> {
        let median = self.judged().median();
        match self.target {
            _ if self.skipped.is_some() => None,
            Target::AtLeast(least) => Some(median >= least),
            Target::AtMost(most) => Some(median <= most),
            Target::Shown => None,
        }
    }

    /// The cells of its line: what, ours, what it is measured against, ratio, target, verdict.
    pub(crate) fn cells(&self) -> [String; 6] {
        if let Some(why) = &self.skipped {
            let [none, ratio, target] = ["", "", ""].map(str::to_owned);
            return [
                self.what.clone(),
                format!("skipped: {why}"),
                none,
                ratio,
                target,
                "–".to_owned(),
            ];
        }
        let with_unit = |sample: &Sample| format!("{}{}", sample.shown(), self.unit);
        let (rival, ratio) = match &self.rival {
            Some((name, rival)) => (
                format!("{name}: {}", with_unit(rival)),
                self.judged().shown(),
            ),
            None => (String::new(), String::new()),
        };
        let unit = if self.rival.is_some() { "" } else { self.unit };
        let target = match self.target {
            Target::AtLeast(least) => format!("≥ {}{unit}", figure(least)),
            Target::AtMost(most) => format!("≤ {}{unit}", figure(most)),
            Target::Shown => "shown".to_owned(),
        };
        let verdict = match self.met() {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "–",
        };
        let ours = with_unit(&self.ours);
        [
            self.what.clone(),
            ours,
            rival,
            ratio,
            target,
            verdict.to_owned(),
        ]
    }

    /// One line with all that was seen.
    pub(crate) fn line(&self) -> String {
        let [what, ours, rival, ratio, target, verdict] = self.cells();
        let extras = self.extras.iter();
        let extras: Vec<_> = extras
            .map(|(name, sample)| format!("{name} {}", sample.shown()))
            .collect();
        let parts = [
            what,
            ours,
            rival,
            ratio,
            target,
            verdict.replace('*', ""),
            extras.join(", "),
        ];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(" | ")
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, Target};
    use crate::bench::statistics::Sample;

    #[test]
    fn a_ratio_is_judged_by_its_median() {
        let figures = || {
            (
                Sample::new([6.0, 5.0, 7.0]),
                Sample::new([10.0, 10.0, 10.0]),
            )
        };
        let finding = |target| Finding::against("`me`", figures(), "/s", "floor", target);
        assert_eq!(finding(Target::AtLeast(0.6)).met(), Some(true));
        assert_eq!(finding(Target::AtLeast(0.61)).met(), Some(false));
        assert_eq!(
            finding(Target::AtLeast(0.6)).cells(),
            [
                "`me`",
                "6.00 (5.00–7.00)/s",
                "floor: 10.0/s",
                "0.60 (0.50–0.70)",
                "≥ 0.60",
                "met"
            ]
        );
    }

    #[test]
    fn a_figure_alone_is_judged_itself() {
        let finding = Finding::alone("size", Sample::one(31.5), " MB", Target::AtMost(20.0));
        assert_eq!(finding.met(), Some(false));
        assert_eq!(
            finding.cells(),
            ["size", "31.5 MB", "", "", "≤ 20.0 MB", "**missed**"]
        );
    }

    #[test]
    fn what_is_skipped_is_not_judged() {
        let finding = Finding::skipped("search", "there is no field");
        assert_eq!(finding.met(), None);
        assert_eq!(finding.cells()[1], "skipped: there is no field");
    }
}
