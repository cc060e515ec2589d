"""Schemes that were handed out to be scored: who has them, for how long, and what became of them."""

import time
from dataclasses import dataclass

from keras_ean.scheme import Scheme


@dataclass(slots=True)
class Job:
    """A scheme that was handed out to be scored.

    Attributes:
        id: "00000", "00001", …, in the order of issue.
        scheme: The scheme to score.
        repeat: 0, or the number of the further score that is wanted.
        step, origin: The step and origin of the evaluation that comes of it.
        status: "RUNNING", "COMPLETED" or "FAILED".
        attempts: Results so far, those that were none included.
        message: What the last attempt said.
        worker: Who is at it; "" if nobody is.
        until: When its lease runs out.
        began: When it was first handed out.
    """

    id: str
    scheme: Scheme
    repeat: int
    step: int
    origin: str
    status: str = "RUNNING"
    attempts: int = 0
    message: str | None = None
    worker: str = ""
    until: float = 0.0
    began: float | None = None


class Jobs:
    """All jobs of a search. A worker has one at a time, for a lease that every sign of life renews.

    Args:
        lease: Seconds without a sign of life after which another worker may take over a job.
        count: How many jobs were issued before.
        failed_in_a_row: How many of those failed last, one after another.

    Attributes:
        by_id: The jobs that have not ended, in the order of issue.
        count: How many jobs were ever issued.
        failed_in_a_row: How many of the jobs that have ended last have failed, one after another.

    Example:
        >>> jobs = Jobs(lease=0)
        >>> jobs.hold(jobs.new(Scheme("10"), repeat=0, step=0, origin="search"), "me")
        >>> jobs.left_behind().scheme, jobs.held_by("me")
        (Scheme('10'), None)
    """

    def __init__(self, lease: float, count: int = 0, failed_in_a_row: int = 0):
        self.lease, self.count, self.failed_in_a_row = lease, count, failed_in_a_row
        self.by_id: dict[str, Job] = {}
        self._issued: set[tuple[Scheme, int]] = set()
        self._held: dict[str, Job] = {}
        self._waiting: list[Job] = []
        self._heard: dict[str, float] = {}

    def new(self, scheme: Scheme, repeat: int, step: int, origin: str) -> Job:
        self.count += 1
        return self.add(Job(f"{self.count - 1:05d}", scheme, repeat, step, origin))

    def add(self, job: Job) -> Job:
        self.by_id[job.id] = job
        self._issued.add((job.scheme, job.repeat))
        return job

    def issued(self, scheme: Scheme, repeat: int) -> bool:
        """Whether there is a job for a score, and it has not ended."""
        return (scheme, repeat) in self._issued

    def held_by(self, worker: str) -> Job | None:
        return self._held.get(worker)

    @property
    def any_held(self) -> bool:
        return bool(self._held)

    def hold(self, job: Job, worker: str) -> None:
        """The worker is at the job from now on."""
        now = time.monotonic()
        self._held[worker], job.worker, job.until = job, worker, now + self.lease
        job.began = now if job.began is None else job.began

    def renew(self, job_id: str) -> None:
        if job_id in self.by_id:
            self.by_id[job_id].until = time.monotonic() + self.lease

    def left_behind(self) -> Job | None:
        """A job to be tried again, or one whose worker has been silent for a lease; nobody has it then."""
        if self._waiting:
            return self._waiting.pop(0)
        late = (worker for worker, job in self._held.items() if time.monotonic() >= job.until)
        worker = next(late, None)
        return None if worker is None else self._held.pop(worker)

    def end(self, job: Job, status: str) -> None:
        """Nobody is at the job any more; one that is still "RUNNING" is to be tried again."""
        self._held.pop(job.worker, None)
        job.status, job.worker = status, ""
        if status == "RUNNING":
            self._waiting.append(job)
        else:
            del self.by_id[job.id]
            self._issued.discard((job.scheme, job.repeat))
            self.failed_in_a_row = self.failed_in_a_row + 1 if status == "FAILED" else 0

    def hear(self, worker: str) -> None:
        """The worker has asked for a job, or ended one."""
        self._heard[worker] = time.monotonic()

    def dismiss(self, worker: str) -> None:
        """The worker knows that the search has ended."""
        self._heard.pop(worker, None)

    @property
    def any_heard(self) -> bool:
        """Whether a worker that was not dismissed has asked for a job, or ended one, during the last lease."""
        return any(heard > time.monotonic() - self.lease for heard in self._heard.values())
