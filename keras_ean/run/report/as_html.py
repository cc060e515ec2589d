"""A report as one HTML file that needs nothing beside it: figures are in it, and nothing is fetched."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from keras_ean import __version__
from keras_ean.run.report.page import Page

ANSWERS = {"yes": "Yes", "no": "No", "undecided": "Undecided", "it depends": "It depends"}


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    made = Environment(autoescape=True, loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.tests["kind"] = lambda part, name: type(part).__name__ == name
    return made.get_template("page.html.j2")


def as_html(page: Page, drawings: Mapping[str, str]) -> str:
    """The whole file. Everything but the drawings is escaped.

    Args:
        page: The page to write.
        drawings: The `svg` element of each picture, by its name.
    """
    safe = {name: Markup(drawing) for name, drawing in drawings.items()}
    said = ANSWERS.get(page.answer, page.answer)
    return _template().render(page=page, drawings=safe, said=said, version=__version__)
