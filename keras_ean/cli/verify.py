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
    wrong = [one for one in found if one.fault is not None]
    if wrong:
        by_hand = any(one.stage == verifying.EXPORTED for one in wrong)
        say(
            f"{len(wrong)} of {len(found)} files are not as they were written. What goes on with the run moves them "
            f"aside and makes them again: keras-ean run --out {folder}"
            + (f". What was exported since, is so by: keras-ean export {folder} -f FORMAT" if by_hand else "")
        )
        raise typer.Exit(1)
    say(f"All {len(found)} files are as they were written.")
