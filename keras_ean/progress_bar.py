"""Progress of long work: a bar on a terminal, a line now and then in a log file."""

import time
from importlib.util import find_spec

import keras
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TextColumn
from rich.table import Column
from rich.text import Text

SECONDS, SHARE = 10, 1 / 20
"""Between two lines of a log: so many seconds, and at least this share of the time gone."""


def bar(console: Console | None = None) -> Progress:
    """Progress of tasks with a note: what it is, the share done, the time left and the note.

    On a terminal, and in a notebook with ipywidgets, it is a bar; elsewhere, such as in a file, a line every ten
    seconds, later less often, and one at the end of each task, without control characters.
    """
    console = console or Console()
    # In a notebook, rich draws with another package, and warns at every bar where that is missing.
    widgets = console.is_jupyter and find_spec("ipywidgets") is not None
    drawn = widgets or (console.is_terminal and not console.is_dumb_terminal)
    kind = Progress if drawn else Lines
    return kind(
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=8, table_column=Column(no_wrap=True)),
        TaskProgressColumn(),
        TimeColumn(),
        NoteColumn(table_column=Column(no_wrap=False)),  # So that it alone is cut where the terminal ends.
        console=console,
    )


class NoteColumn(ProgressColumn):
    """What is known of a task, in one line."""

    def render(self, task) -> Text:
        return Text(task.fields["note"], no_wrap=True, overflow="ellipsis")


class TimeColumn(ProgressColumn):
    """The time left, and in the end the time taken."""

    max_refresh = 0.5

    def render(self, task) -> Text:
        return Text(time_of(task))


def time_of(task) -> str:
    """The time that a task will still take, or has taken; as h:mm:ss."""
    if task.finished:
        return f"{duration(task.finished_time)} taken"
    return f"{duration(task.time_remaining)} left"


def duration(seconds: float | None) -> str:
    """h:mm:ss; dashes where it is not known.

    Example:
        >>> duration(3_671.2), duration(None)
        ('1:01:11', '-:--:--')
    """
    if seconds is None:
        return "-:--:--"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


class Lines(Progress):
    """Progress that is written in lines. Arguments as `rich.progress.Progress`."""

    def __init__(self, *columns, **options):
        super().__init__(*columns, **options)
        self.begun = self.written = time.monotonic()

    def start(self) -> None:
        """Nothing to do: there is no display."""

    def stop(self) -> None:
        """Nothing to do: there is no display."""

    def update(self, task_id, **fields) -> None:
        before = self._tasks[task_id].finished
        super().update(task_id, **fields)
        self._write(task_id, before)

    def advance(self, task_id, advance: float = 1) -> None:
        before = self._tasks[task_id].finished
        super().advance(task_id, advance)
        self._write(task_id, before)

    def _write(self, task_id, was_finished: bool) -> None:
        task, now = self._tasks[task_id], time.monotonic()
        ends = task.finished and not was_finished
        due = now - self.written >= max(SECONDS, SHARE * (now - self.begun)) and task.time_remaining is not None
        if ends or (due and not task.finished):
            self.written = now
            parts = (f"{task.percentage:.0f} %", time_of(task), task.fields["note"])
            text = f"{task.description}: {', '.join(part for part in parts if part)}"
            self.console.print(text, soft_wrap=True, markup=False, highlight=False)


class TrainingBar(keras.callbacks.Callback):
    """Progress of a whole `fit`: epoch n of N, and accuracies and loss of the last epoch.

    Args:
        title: The words in front of the bar.
        console: The console that shows it.
    """

    def __init__(self, title: str, console: Console | None = None):
        super().__init__()
        self.title, self.figures, self.held_out, self.evaluated = title, "", "", 0
        self.progress = bar(console)

    def on_train_begin(self, logs=None):
        self.steps = self.params.get("steps") or 0
        self.task = self.progress.add_task(self.title, total=self.steps * self.params["epochs"] or None, note="")
        self.progress.start()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        self._show(completed=epoch * self.steps)

    def on_train_batch_end(self, batch, logs=None):
        # The last step of all is counted when its epoch's figures are known.
        if self.epoch + 1 < self.params["epochs"] or batch + 1 < self.steps:
            self.progress.advance(self.task)

    def on_epoch_end(self, epoch, logs=None):
        logs, held_out = logs or {}, self.held_out and f"{self.held_out} after epoch {self.evaluated}"
        if "val_accuracy" in logs:
            held_out = self.held_out = f"validation {100 * logs['val_accuracy']:.1f} %"
            self.evaluated = epoch + 1
        parts = [
            held_out,
            f"training {100 * logs['accuracy']:.1f} %" if "accuracy" in logs else "",
            f"loss {logs['loss']:.3f}" if "loss" in logs else "",
        ]
        self.figures = "".join(f", {part}" for part in parts if part)
        self._show(completed=(epoch + 1) * self.steps)

    def _show(self, **fields) -> None:
        note = f"epoch {self.epoch + 1}/{self.params['epochs']}{self.figures}"
        self.progress.update(self.task, note=note, **fields)

    def on_train_end(self, logs=None):
        self.progress.stop()
