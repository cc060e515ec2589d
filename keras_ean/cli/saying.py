"""How commands say something."""

import typer

from keras_ean.escaping import terminal


def say(text: object = "", error: bool = False) -> None:
    """A line on the terminal, in which names of users are harmless; errors go to stderr, in red."""
    typer.secho(terminal(str(text)), err=error, fg=typer.colors.RED if error else None)


def show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """What `warnings.showwarning` does, without the line of code that raised the warning."""
    say(f"Warning: {message}", error=True)
