"""A report as Markdown, with its figures in files beside it."""

from keras_ean.escaping import markdown, prose
from keras_ean.run.report.page import Code, Page, Part, Table, Text

ALIGNED = {"t": "---", "c": "---", "n": "--:"}


def as_markdown(page: Page) -> str:
    """The whole text."""
    blocks = [f"# {markdown(page.title)}", *map(prose, page.lead), markdown(page.about)]
    for section in page.sections:
        blocks += [f"## {section.title}", *map(part, section.parts)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def part(part: Part) -> str:
    """One part of a section."""
    if isinstance(part, Text):
        return "\n\n".join(map(prose, part.paragraphs))
    if isinstance(part, Code):
        return f"```\n{part.text.rstrip()}\n```"
    if isinstance(part, Table):
        text = _captioned(table(part), part.caption)
        opened = f"<details>\n<summary>{markdown(part.summary)}</summary>\n\n{text}\n\n</details>"
        return opened if part.summary else text
    return _captioned(f"![{markdown(part.alternative)}]({part.name}.png)", part.caption)


def _captioned(text: str, caption: str) -> str:
    return f"{text}\n\n{prose(caption)}" if caption else text


def table(part: Table) -> str:
    """The rows, without the caption."""
    lines = [part.header, [ALIGNED[kind] for kind in part.kinds]]
    lines += [[_cell(cell, kind) for cell, kind in zip(row, part.kinds, strict=True)] for row in part.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(cell: str, kind: str) -> str:
    if kind == "t":
        return markdown(cell)
    text = cell.replace("|", r"\|").replace("\n", " ").replace("`", "'")
    return f"`{text}`" if kind == "c" and text else text
