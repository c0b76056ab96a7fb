"""The jobs of a lane that wait: their order can still be changed."""

from ssl_studio.gui.job_list import JobList, JobState, RunningJob


def waiting_in(jobs: JobList, lane: str) -> list[RunningJob]:
    """Those that wait in a lane, the next one first."""
    return [job for job in jobs.active if job.lane == lane and job.state is JobState.WAITING]


def move_waiting(jobs: JobList, job: RunningJob, by: int) -> bool:
    """Put a waiting job so many places later (or earlier, below 0); whether it moved."""
    queue = waiting_in(jobs, job.lane)
    if job not in queue:
        return False
    start = queue.index(job)
    end = min(max(start + by, 0), len(queue) - 1)
    if end == start:
        return False
    places = [jobs.jobs.index(one) for one in queue]
    queue.insert(end, queue.pop(start))
    for place, one in zip(places, queue, strict=True):
        jobs.jobs[place] = one
    jobs.changed.emit()
    return True
