"""Progress bars of long work."""

import keras
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn


def bar(console: Console | None = None) -> Progress:
    """A progress bar: title, bar, share done, time gone and a note."""
    return Progress(
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=16),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
    )


class TrainingBar(keras.callbacks.Callback):
    """One bar for a whole `fit`, with the loss and accuracy of the last epoch.

    Args:
        title: in front of the bar.
        console: where it is drawn.
    """

    def __init__(self, title: str, console: Console | None = None):
        super().__init__()
        self.title = title
        self.progress = bar(console)

    def on_train_begin(self, logs=None):
        steps = self.params.get("steps") or 0
        self.steps = steps
        self.task = self.progress.add_task(self.title, total=steps * self.params["epochs"] or None, note="")
        self.progress.start()

    def on_epoch_begin(self, epoch, logs=None):
        self.progress.update(self.task, completed=epoch * self.steps)

    def on_train_batch_end(self, batch, logs=None):
        self.progress.advance(self.task)

    def on_epoch_end(self, epoch, logs=None):
        note = "  ".join(f"{name} {logs[name]:.3f}" for name in ("accuracy", "loss") if name in (logs or {}))
        self.progress.update(self.task, note=note)

    def on_train_end(self, logs=None):
        self.progress.stop()
