"""keras-ean verify: is all of a run as it was written?"""

from pathlib import Path
from typing import Annotated

import typer

from keras_ean.cli.app import app
from keras_ean.cli.saying import say


@app.command("verify")
def verify(folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")]) -> None:
    """Look at every file of a run, and say which are not as the run wrote them; exit status 1 if any."""
    from keras_ean.run import verifying
    from keras_ean.text_table import aligned

    found = verifying.verify(folder)
    rows = [(one.name, one.stage, "" if one.size is None else f"{one.size:,}", one.fault or "whole") for one in found]
    say(aligned(("file", "phase", "bytes", "state"), rows))
    wrong = sum(one.fault is not None for one in found)
    if wrong:
        say(
            f"{wrong} of {len(found)} files are not as they were written. What goes on with the run moves them aside "
            f"and makes them again: keras-ean run --out {folder}"
        )
        raise typer.Exit(1)
    say(f"All {len(found)} files are as they were written.")
