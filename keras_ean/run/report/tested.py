"""What the compared networks say of the test images: the section of a report on the images."""

import os
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from keras_ean.data.partition import SPLITS
from keras_ean.run import networks, shown
from keras_ean.run.context import Context
from keras_ean.run.model_source import GIVEN_IMAGES
from keras_ean.run.report import alternatives
from keras_ean.run.report.class_figures import Judged, confusion_figure, judged_figure
from keras_ean.run.report.page import Part, Picture, Section, Table, Text
from keras_ean.run.stages.network import Network
from keras_ean.run.verdict import NONE, Verdict

SHOWN, MOST_ROWS, MOST_NOTES = 8, 40, 10
"""Images that are judged differently; classes of the table, with more those of the largest differences; and lines on
what was left out or changed when the images were read."""


class OnTestImages:
    """The images, and the classes that the recommended network and its rival name.

    The rival is the network without attention, or the found one where no attention is recommended.

    Args:
        context: The context of the run.
        compared: Every network of the comparison.
        verdict: The verdict of the run.
        title: The title of the figures.
    """

    def __init__(self, context: Context, compared: Sequence[Network], verdict: Verdict, title: str):
        self.context, self.verdict, self.title = context, verdict, title
        rival = networks.FOUND if verdict.recommended == NONE else NONE
        first = {one.compared.name: one for one in compared if one.seed == 0}
        self.two = [first[name] for name in (verdict.recommended, rival)]

    @cached_property
    def classes(self) -> list[np.ndarray]:
        """What either network answers, (2, images): classes, and those it names; empty where the task has none."""
        files, folder = [one.classes_file for one in self.two], self.context.folder
        return [np.load(file) for file in files] if all(map(folder.whole, files)) else []

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the classes; their numbers where they have no names."""
        known = self.context.images.facts.class_names
        return known or tuple(map(str, range(1 + int(max(one.max() for one in self.classes)))))

    def section(self) -> Section:
        """Counts, accuracy by class, confusion matrix, and a few images."""
        images, numbers = self.context.images, self.context.images.numbers
        classes = f"; {len(self.names)} classes" if self.classes or images.facts.class_names else ""
        source = self.context.config.data.name
        given = "were given in Python" if source == GIVEN_IMAGES else f"are {shown.without_places(source)}"
        of = {split: f" of {things}" if (things := images.shown(split)) else "" for split in SPLITS}
        said = (
            f"The data {given}: {numbers.train:,} images{of['train']} to train on, "
            f"{numbers.validation:,}{of['validation']} on which the search scores schemes, and "
            f"{numbers.test:,}{of['test']} on which nothing but the comparison is measured. A network takes "
            f"{' × '.join(map(str, images.facts.shape))} values of each{classes}."
        )
        if of["test"]:
            said += (
                f" Several test images show each of the {images.subjects.called}, and are answered rather alike: "
                "intervals are wider by that than those of so many images that have nothing in common."
            )
        if not self.classes:
            said += " Single images, and where networks look, are shown only of networks that name classes."
        report = self.context.folder.path / "data.txt"
        noted = notes(report.read_text(encoding="utf-8"), source) if report.is_file() else ""
        return Section("The images", [Text(f"{said}\n{noted}"), *(self._by_class() if self.classes else ())])

    def _by_class(self) -> list[Part]:
        title = self.two[0].compared.title
        (labels, named), _ = self.classes
        counts = np.zeros((len(self.names),) * 2, int)
        np.add.at(counts, (labels, named), 1)
        worst = int((counts - np.diag(np.diag(counts))).argmax())
        row, column = divmod(worst, len(self.names))
        often, images = counts[row, column], "image" if counts[row, column] == 1 else "images"
        confused = (
            f" Most often it takes {self.names[row]} for {self.names[column]} ({often} {images})."
            if row != column and often
            else ""
        )
        matrix = Picture(
            "confusion",
            alternatives.confusion(f"{title[0].upper()}{title[1:]}", counts, self.names),
            confusion_figure(counts, self.names, f"{self.title}\n{title}, first seed"),
            f"Each row is a class of the test images, and each column what the recommended network ({title}, first "
            f"seed) says they are: what is off the diagonal is mistaken.{confused}",
        )
        return [self._table(), matrix, *self._judged()]

    def _table(self) -> Table:
        right = [[(named == labels)[labels == one] for one in range(len(self.names))] for labels, named in self.classes]
        shares = np.array([[100 * one.mean() if len(one) else np.nan for one in network] for network in right])
        rows = [one for one in range(len(self.names)) if len(right[0][one])]
        cut = ""
        if len(rows) > MOST_ROWS:
            cut = f" Of {len(rows)} classes these are the {MOST_ROWS} whose accuracies differ most."
            rows = sorted(rows, key=lambda one: -abs(shares[0, one] - shares[1, one]))[:MOST_ROWS]
        own, other = (one.compared.title for one in self.two)
        return Table(
            ("class", "test images", f"{own}, %", f"{other}, %", "difference"),
            [
                (
                    self.names[one],
                    str(len(right[0][one])),
                    *(f"{share:.1f}" for share in shares[:, one]),
                    f"{shares[0, one] - shares[1, one]:+.1f}",
                )
                for one in rows
            ],
            "tnnnn",
            f"Share of each class's test images that {own} (recommended) and {other} classify rightly, first seed "
            f"of each. Classes have few images each, so that most differences between them are chance.{cut}",
        )

    def _judged(self) -> list[Part]:
        (labels, own), (_, other) = self.classes
        rows = np.flatnonzero((own == labels) != (other == labels))
        won = int((own[rows] == labels[rows]).sum())
        if not len(rows):
            return [Text("Both networks classify the same test images rightly.")]
        titles = [one.compared.title for one in self.two]
        said = (
            f"One of the two networks alone is right on {len(rows):,} of {len(labels):,} test images: {titles[0]} on "
            f"{won:,}, {titles[1]} on {len(rows) - won:,}."
        )
        chosen = rows[np.linspace(0, len(rows) - 1, min(SHOWN, len(rows))).astype(int)]
        pixels = self._pixels(chosen)
        if pixels is None:
            return [Text(f"{said} Their images are not at hand any more, so that none is shown.")]
        shown = [
            Judged(image, self.names[labels[row]], dict(zip(titles, (self.names[own[row]], self.names[other[row]]))))
            for image, row in zip(pixels, chosen, strict=True)
        ]
        return [
            Picture(
                "judged",
                alternatives.said([(one.label, one.said) for one in shown]),
                judged_figure(shown, self.title),
                f"{said} Those shown are evenly spaced in the order of the test images.",
            )
        ]

    def _pixels(self, rows: np.ndarray) -> np.ndarray | None:
        """The pixels of these test images; they are kept, so that a finished run is read without its images."""
        kept = self.context.folder.report / "judged.npz"
        if self.context.folder.whole(kept):
            with np.load(kept) as arrays:
                if np.array_equal(arrays["rows"], rows):
                    return arrays["pixels"]
        try:
            pixels = self.context.images.test_images(rows)
        except (OSError, ValueError):
            return None
        if pixels is not None and self.context.folder.writes:
            with self.context.folder.keeping(kept) as partial:
                np.savez_compressed(partial, rows=rows, pixels=pixels)
        return pixels


def notes(report: str, source: str) -> str:
    """What was left out or changed when the images were read, as a reader elsewhere needs it.

    Args:
        report: A line for each fact, data.txt in the folder of the run.
        source: The source of the images; where that is a folder, files are named as they lie in it.

    Example:
        >>> notes("/home/me/photos/cats/notes.doc: no image by its name", "/home/me/photos")
        'cats/notes.doc: no image by its name'
    """
    lines = report.replace(os.path.join(source, ""), "").splitlines() if os.path.isabs(source) else report.splitlines()
    more = len(lines) - MOST_NOTES
    return "\n".join([*lines[:MOST_NOTES], *([f"{more:,} more lines are in data.txt."] if more > 0 else [])])
