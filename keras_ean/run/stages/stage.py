"""The contract of a phase of a run."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Generic, TypeVar

from keras_ean.run.context import Context

Result = TypeVar("Result")


class Stage(ABC, Generic[Result]):
    """A phase of a run, whose result is made once: calling it gives the result, read back if it is there.

    Phases that need others' results are given these phases, so that asking for the last makes all that it needs.

    Args:
        context: The context of the run.
    """

    def __init__(self, context: Context):
        self.context = context

    @property
    @abstractmethod
    def place(self) -> Path:
        """The file or folder that is there, and whole, exactly when the phase has ended."""

    @abstractmethod
    def make(self) -> Result:
        """Does the work, or goes on with it, keeps the result at `place`, and gives it."""

    @abstractmethod
    def read(self) -> Result:
        """The result as it is kept."""

    @property
    def finished(self) -> bool:
        """Whether the result is there as the run wrote it; one that is damaged is moved aside, and told."""
        return self.context.folder.whole(self.place)

    @property
    def readable(self) -> bool:
        """Whether all that `read` needs is there; it is made again where it is not."""
        return self.finished

    def __call__(self) -> Result:
        if self.readable:
            return self.read()
        with self.context.folder.held():
            return self.make()
