"""What a report says, apart from how it is written: the one model of report.md and report.html."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Text:
    """Sentences; every line is a paragraph."""

    text: str

    @property
    def paragraphs(self) -> list[str]:
        return [line for line in self.text.split("\n") if line]


@dataclass(frozen=True)
class Code:
    """Text that is shown as it is, such as a configuration."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of cells.

    Attributes:
        header: The head of each column.
        rows: The rows, each with a cell for each column.
        kinds: A letter a column: t for text, n for numbers, c for what is typed or pasted.
        caption: What the columns mean, in sentences.
        strong: The number of the row that stands out, counted from 0; None if none does.
        summary: The line to open it by, where it shows the same as the figure before it; if empty, it is open.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    kinds: str
    caption: str = ""
    strong: int | None = None
    summary: str = ""


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure.

    Attributes:
        name: The name of the files of the picture, without their suffixes.
        alternative: What is to be seen, for those who do not see it.
        figure: Figure with a title and perhaps a caption in it, for the file that is sent alone.
        caption: What it shows and how to read it, in sentences.
    """

    name: str
    alternative: str
    figure: "Figure"
    caption: str = ""


Part = Text | Code | Table | Picture


@dataclass(frozen=True)
class Section:
    """A heading and what is below it."""

    title: str
    parts: Sequence[Part]

    @property
    def anchor(self) -> str:
        """The anchor by which the contents refer to the section."""
        return "-".join("".join(one if one.isalnum() else " " for one in self.title.lower()).split())


@dataclass(frozen=True)
class Page:
    """A report.

    Attributes:
        title: The title of the page, which says what it is about.
        answer: The answer in a word, such as a verdict's "yes".
        lead: The answer in sentences, the first of which says it alone.
        about: What was done to find it, in sentences for a newcomer.
        sections: The evidence, in the order of interest.
    """

    title: str
    answer: str
    lead: Sequence[str]
    sections: Sequence[Section]
    about: str = ""

    @property
    def pictures(self) -> list[Picture]:
        return [part for section in self.sections for part in section.parts if isinstance(part, Picture)]
