//! Figures of several rounds, as their median and how far they spread.

use serde_json::{Value, json};

/// The same thing, measured once a round.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    pub(crate) fn new(figures: impl IntoIterator<Item = f64>) -> Self {
        Self(figures.into_iter().collect())
    }

    pub(crate) fn one(figure: f64) -> Self {
        Self(vec![figure])
    }

    /// What is compared, round by round: figures of the same round have met the same machine.
    pub(crate) fn over(&self, other: &Self) -> Self {
        let pairs = self.0.iter().zip(&other.0);
        Self::new(pairs.map(|(ours, theirs)| ours / theirs))
    }

    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => f64::NAN,
            count if count % 2 == 1 => sorted[middle],
            _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
        }
    }

    fn least(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::min)
    }

    fn most(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::max)
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "median": self.median(), "min": self.least(), "max": self.most(), "rounds": self.0 })
    }

    /// The median, and the least and the most where they differ from it: `0.62 (0.60–0.65)`.
    pub(crate) fn shown(&self) -> String {
        let [median, least, most] = [self.median(), self.least(), self.most()].map(figure);
        if least == most {
            median
        } else {
            format!("{median} ({least}–{most})")
        }
    }
}

/// A figure with as many digits as mean something.
pub(crate) fn figure(figure: f64) -> String {
    match figure.abs() {
        size if size >= 1_000.0 => thousands(figure),
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        0.0 => "0".to_owned(),
        _ => format!("{figure:.2}"),
    }
}

fn thousands(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut parts = Vec::new();
    let mut rest = digits.as_str();
    while rest.len() > 3 {
        let (before, last) = rest.split_at(rest.len() - 3);
        parts.push(last);
        rest = before;
    }
    parts.push(rest);
    parts.reverse();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::{Sample, figure};

    #[test]
    fn the_median_is_the_one_in_the_middle_or_between_two() {
        let median = |figures: &[f64]| Sample::new(figures.iter().copied()).median().to_string();
        assert_eq!(median(&[9.0, 1.0, 2.0]), "2");
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), "3");
        assert_eq!(median(&[7.0]), "7");
        assert_eq!(median(&[]), "NaN");
    }

    #[test]
    fn rounds_are_compared_one_by_one() {
        let ratio = Sample::new([1.0, 6.0, 2.0]).over(&Sample::new([2.0, 3.0, 2.0]));
        assert_eq!(ratio, Sample::new([0.5, 2.0, 1.0]));
        assert_eq!(ratio.shown(), "1.00 (0.50–2.00)");
    }

    #[test]
    fn figures_are_written_for_people() {
        assert_eq!(figure(1_234_567.8), "1,234,568");
        assert_eq!(figure(1_000.2), "1,000");
        assert_eq!(figure(999.4), "999");
        assert_eq!(figure(31.64), "31.6");
        assert_eq!(figure(0.612), "0.61");
        assert_eq!(figure(0.0), "0");
        assert_eq!(Sample::one(3.0).shown(), "3.00");
    }
}
