"""compare: several runs in one table and on one page."""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import app


@app.command("compare")
def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of finished runs.")],
    html: Annotated[Path | None, typer.Option("--html", help="Write one page of all of them to this file.")] = None,
) -> None:
    """Put finished runs side by side, such as those of several modules, backbones or seeds; nothing is measured."""
    from keras_ean import files
    from keras_ean.run.comparing import comparison
    from keras_ean.run.kept import KeptRun
    from keras_ean.run.report.as_html import as_html
    from keras_ean.run.report.page import Table, Text
    from keras_ean.text_table import aligned

    page = comparison([KeptRun(folder) for folder in folders])
    for sentence in page.lead:
        typer.echo(sentence)
    for section in page.sections:
        for part in section.parts:
            if isinstance(part, Table):
                typer.echo(f"\n{aligned(part.header, part.rows)}\n{part.caption}")
            elif isinstance(part, Text):
                typer.echo(f"\n{part.text}")
    if html is not None:
        files.write_text(html, as_html(page, {}))
        typer.echo(f"\n{html}")
