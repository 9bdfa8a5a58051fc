//! The announcements that are still to be made, in order.

use std::collections::VecDeque;

use super::job::Job;
use crate::discord::Lane;

/// Requests under way at once, a station and a lane. Discord answers in about 200 ms, so these use
/// up the lane's requests a second.
pub(super) const AT_ONCE: usize = 8;

/// The jobs that wait for nothing but their turn, by the lane of their next request: who has to wait
/// for the bot's limit keeps no webhook waiting.
#[derive(Default)]
pub(super) struct Ready {
    lanes: [Queue; 2],
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    under_way: usize,
}

impl Ready {
    const fn lane(&mut self, lane: Lane) -> &mut Queue {
        match lane {
            Lane::Bot => &mut self.lanes[0],
            Lane::Webhooks => &mut self.lanes[1],
        }
    }

    /// What was begun, and is finished before another is begun.
    pub(super) fn push_front(&mut self, job: Job) {
        self.lane(job.lane()).jobs.push_front(job);
    }

    pub(super) fn extend(&mut self, jobs: impl IntoIterator<Item = Job>) {
        for job in jobs {
            self.lane(job.lane()).jobs.push_back(job);
        }
    }

    /// The job whose request is to be made next, unless [`AT_ONCE`] are under way.
    pub(super) fn begin(&mut self, lane: Lane) -> Option<Job> {
        let queue = self.lane(lane);
        let job = (queue.under_way < AT_ONCE).then(|| queue.jobs.pop_front());
        let job = job.flatten()?;
        queue.under_way += 1;
        Some(job)
    }

    /// A request is answered.
    pub(super) const fn end(&mut self, lane: Lane) {
        let queue = self.lane(lane);
        queue.under_way = queue.under_way.saturating_sub(1);
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.iter().map(|queue| queue.jobs.len()).sum()
    }

    pub(super) fn into_jobs(self) -> impl Iterator<Item = Job> {
        self.lanes.into_iter().flat_map(|queue| queue.jobs)
    }
}
