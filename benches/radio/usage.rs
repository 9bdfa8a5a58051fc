//! What a process, its threads and the machine have used, from `/proc`
//! (<https://man7.org/linux/man-pages/man5/proc.5.html>).

use std::{collections::BTreeMap, fs, ops::Sub, path::Path};

use anyhow::Context as _;

/// The kernel's clock ticks a second: `sysconf(_SC_CLK_TCK)`, 100 on Linux.
const TICKS: f64 = 100.0;

/// What a process has used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Seconds of CPU time in its own code.
    pub(crate) user: f64,
    /// Seconds of CPU time in the kernel.
    pub(crate) system: f64,
    /// Resident memory, kB.
    pub(crate) resident: f64,
    pub(crate) threads: usize,
    /// Open files, most of them sockets.
    pub(crate) files: usize,
}

impl Usage {
    pub(crate) fn of(process: u32) -> anyhow::Result<Self> {
        let directory = Path::new("/proc").join(process.to_string());
        let stat = fs::read_to_string(directory.join("stat"))?;
        let status = fs::read_to_string(directory.join("status"))?;
        let [user, system] = times(&stat).context("a strange stat")?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<f64>().ok()
        };
        Ok(Self {
            user,
            system,
            resident: field("VmRSS:").context("no VmRSS")?,
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a few hundred"
            )]
            threads: field("Threads:").context("no Threads")? as usize,
            files: fs::read_dir(directory.join("fd"))?.count(),
        })
    }

    /// Seconds of CPU time.
    pub(crate) fn cpu(&self) -> f64 {
        self.user + self.system
    }
}

/// User and system time: fields 14 and 15 of `stat`, counted behind the name in parentheses.
fn times(stat: &str) -> Option<[f64; 2]> {
    let (_, behind) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let ticks = |at: usize| Some(fields.get(at)?.parse::<f64>().ok()? / TICKS);
    Some([ticks(11)?, ticks(12)?])
}

/// Seconds of CPU time of each kind of thread, by name: numbers at the end of a name are left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Threads(pub(crate) BTreeMap<String, (usize, f64)>);

impl Threads {
    pub(crate) fn of(process: u32) -> anyhow::Result<Self> {
        let mut found: BTreeMap<String, (usize, f64)> = BTreeMap::new();
        for task in fs::read_dir(format!("/proc/{process}/task"))? {
            let task = task?.path();
            // A thread may end meanwhile.
            let (Ok(name), Ok(spent)) = (
                fs::read_to_string(task.join("comm")),
                fs::read_to_string(task.join("schedstat")),
            ) else {
                continue;
            };
            let name = name
                .trim_end()
                .trim_end_matches(|last: char| last.is_ascii_digit() || "-_ #".contains(last));
            // Nanoseconds on a CPU.
            let spent = spent.split_whitespace().next();
            let spent = spent.and_then(|spent| spent.parse::<f64>().ok());
            let kind = found.entry(name.to_owned()).or_default();
            kind.0 += 1;
            kind.1 += spent.unwrap_or_default() / 1e9;
        }
        Ok(Self(found))
    }
}

impl Sub for &Threads {
    type Output = Threads;

    fn sub(self, before: Self) -> Threads {
        let mut spent = self.clone();
        for (name, (_, seconds)) in &mut spent.0 {
            *seconds -= before.0.get(name).map_or(0.0, |(_, before)| *before);
        }
        spent
    }
}

/// Seconds of CPU time that the whole machine was busy, all cores together.
pub(crate) fn machine() -> anyhow::Result<f64> {
    let stat = fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().context("an empty /proc/stat")?;
    // user nice system idle iowait irq softirq steal
    let ticks: Vec<f64> = line
        .split_whitespace()
        .skip(1)
        .take(8)
        .filter_map(|field| field.parse().ok())
        .collect();
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    Ok((ticks.iter().sum::<f64>() - idle) / TICKS)
}

/// Nanoseconds that this thread was on a CPU.
pub(crate) fn own_thread() -> anyhow::Result<f64> {
    let spent = fs::read_to_string("/proc/thread-self/schedstat")?;
    let spent = spent.split_whitespace().next().context("no schedstat")?;
    Ok(spent.parse()?)
}

/// Which machine it is: the processor, its cores, the kernel.
pub(crate) fn describe() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpus = read("/proc/cpuinfo");
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("", |rest| rest.trim_start_matches(['\t', ' ', ':']));
    let cores = cpus
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cores} cores of {model}, Linux {}", kernel.trim())
}
