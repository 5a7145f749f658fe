//! The load: wrk, told what to send and checked in what it got.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, ensure};

use super::http::Request;
use crate::apt;
use crate::context::{Context, program};
use crate::process;
use crate::steps::{Outcome, Step};

static FILES: AtomicU32 = AtomicU32::new(0);

/// Installs wrk where it is missing and can be.
pub(crate) const ADD: Step = Step {
    title: "Adding wrk",
    action: add,
};

fn add(context: &Context) -> Result<Outcome> {
    if program("wrk").is_some() {
        return Ok(Outcome::NothingToDo);
    }
    apt::install(context, "wrk").context("load comes from wrk")?;
    Ok(Outcome::Done)
}

/// How much is sent, and what of it is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) connections: u32,
    pub(crate) threads: u32,
    pub(crate) seconds: u32,
    /// How long a connection rests after an answer, in milliseconds.
    pub(crate) delay: Option<u32>,
    /// What every answer has to hold. Looking costs wrk time: for answers that take long by themselves.
    pub(crate) expect: Option<&'static str>,
    /// The file for the usernames of acknowledged sign-ups.
    pub(crate) acknowledged: Option<PathBuf>,
}

impl Load {
    pub(crate) fn new(connections: u32, seconds: u32) -> Self {
        Self {
            connections,
            threads: 1,
            seconds,
            delay: None,
            expect: None,
            acknowledged: None,
        }
    }

    /// Begins to send `request`; `folder` takes what wrk reads.
    pub(crate) fn start(
        &self,
        request: &Request,
        address: SocketAddr,
        folder: &Path,
    ) -> Result<Wrk> {
        let mut wrk = Command::new("wrk");
        wrk.arg(format!("-c{}", self.connections))
            .arg(format!("-t{}", self.threads))
            .arg(format!("-d{}s", self.seconds))
            .args(["--timeout", "30s", "--script"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/load.lua"))
            .arg(format!("http://{address}{}", request.path))
            .arg("--")
            .arg(format!("method={}", request.method));
        for (name, value) in &request.headers {
            wrk.arg(format!("header={name}: {value}"));
        }
        if !request.bodies.is_empty() {
            let number = FILES.fetch_add(1, Ordering::Relaxed);
            let file = folder.join(format!("bodies-{number}"));
            fs::write(&file, request.bodies.join("\n"))?;
            wrk.arg(format!("bodies={}", file.display()));
        }
        if let Some(delay) = self.delay {
            wrk.arg(format!("delay={delay}"));
        }
        if let Some(expect) = self.expect {
            wrk.arg(format!("expect={expect}"));
        }
        if let Some(file) = &self.acknowledged {
            wrk.arg(format!("acknowledged={}", file.display()));
        }
        wrk.stdin(Stdio::null()).stdout(Stdio::piped());
        Ok(Wrk(process::spawn(&mut wrk)?))
    }
}

/// A wrk that runs; ended with this value.
pub(crate) struct Wrk(Child);

impl Wrk {
    /// Waits for its end, and gives what it counted.
    pub(crate) fn finish(mut self) -> Result<Counts> {
        let mut text = String::new();
        let stdout = self.0.stdout.as_mut().context("wrk has no output")?;
        std::io::Read::read_to_string(stdout, &mut text)?;
        let status = self.0.wait()?;
        ensure!(!process::interrupted(), "interrupted");
        ensure!(status.success(), "wrk failed ({status})\n{text}");
        Counts::parse(&text)
    }
}

impl Drop for Wrk {
    fn drop(&mut self) {
        // It has ended already, unless something went wrong.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What wrk counted. Times are microseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) requests: f64,
    pub(crate) micros: f64,
    pub(crate) bytes: f64,
    /// Connections that broke, and answers that did not come.
    pub(crate) failed: f64,
    /// Answers with a status that is none of success.
    pub(crate) refused: f64,
    /// Answers that did not hold what they had to.
    pub(crate) wrong: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// One of the wrong answers.
    pub(crate) sample: Option<String>,
}

impl Counts {
    fn parse(text: &str) -> Result<Self> {
        let figure = |wanted: &str| {
            let mut lines = text.lines();
            let found = lines.find_map(|line| {
                let (name, figure) = line.strip_prefix("figure ")?.split_once(' ')?;
                (name == wanted).then(|| figure.parse::<f64>().ok())?
            });
            found.with_context(|| format!("wrk told no {wanted}:\n{text}"))
        };
        Ok(Self {
            requests: figure("requests")?,
            micros: figure("micros")?,
            bytes: figure("bytes")?,
            failed: figure("failed")?,
            refused: figure("refused")?,
            wrong: figure("wrong")?,
            p50: figure("p50")?,
            p99: figure("p99")?,
            sample: text
                .lines()
                .find_map(|line| line.strip_prefix("sample "))
                .map(str::to_owned),
        })
    }

    /// Refuses a run in which anything else happened than good answers: a benchmark of errors is worth nothing.
    pub(crate) fn all_good(self) -> Result<Self> {
        ensure!(self.requests > 0.0, "nothing was answered");
        ensure!(
            self.failed + self.refused + self.wrong == 0.0,
            "of {} answers {} were refused and {} were not what they had to be; {} failed{}",
            self.requests,
            self.refused,
            self.wrong,
            self.failed,
            self.sample
                .map(|sample| format!("; one was: {sample}"))
                .unwrap_or_default()
        );
        Ok(self)
    }

    pub(crate) fn rate(&self) -> f64 {
        self.requests / self.micros * 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    const TEXT: &str = "Running 1s test @ http://127.0.0.1:1/graphql\n  2 threads and 8 connections\n\
        figure wrong 0\nfigure micros 2000000\nfigure p99 950\nfigure bytes 60000\nfigure refused 0\n\
        figure requests 3000\nfigure p50 300\nfigure failed 0\nfigure max 1200\n";

    #[test]
    fn what_wrk_counted_is_read() {
        let counts = Counts::parse(TEXT).unwrap().all_good().unwrap();
        assert_eq!(
            (counts.p50, counts.p99, counts.bytes),
            (300.0, 950.0, 60_000.0)
        );
        assert_eq!(counts.rate().to_string(), "1500");
    }

    #[test]
    fn a_text_without_figures_is_no_result() {
        let error = Counts::parse("unable to connect\n")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("told no requests") && error.contains("unable to connect"),
            "{error}"
        );
    }

    #[test]
    fn a_run_with_wrong_answers_is_refused() {
        let text = TEXT.replace(
            "figure wrong 0",
            "figure wrong 7\nsample 200 {\"errors\":[]}",
        );
        let error = Counts::parse(&text)
            .unwrap()
            .all_good()
            .unwrap_err()
            .to_string();
        assert!(error.contains("7 were not what they had to be"), "{error}");
        assert!(error.ends_with("one was: 200 {\"errors\":[]}"), "{error}");
        let text = TEXT.replace("figure refused 0", "figure refused 1");
        assert!(Counts::parse(&text).unwrap().all_good().is_err());
    }
}
