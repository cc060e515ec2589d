"""The command line's application, and how a command joins it."""

import functools
import logging
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

import keras_ean
from keras_ean.cli import errors
from keras_ean.cli.greeting import without_greeting
from keras_ean.cli.saying import say, show_warning
from keras_ean.cli.stopping import Stopped, listen, whatever_comes_of_it
from keras_ean.registry import import_folder

app = typer.Typer(
    name="keras-ean",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(name: str) -> Callable[[Callable], Callable]:
    """Decorator that makes a function with typer's annotations the command `name`."""

    def decorate(function: Callable) -> Callable:
        @functools.wraps(function)
        def run(*args, **kwargs):
            register_classes()
            return function(*args, **kwargs)

        return app.command(name)(run)

    return decorate


def register_classes() -> None:
    """`keras_ean.register_classes` without TensorFlow's greeting."""
    with without_greeting():
        keras_ean.register_classes()
    # Each network of a run is traced, of which TensorFlow warns as if it were one that is traced again and again.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


def _print_version(wanted: bool) -> None:
    if wanted:
        say(f"keras-ean {keras_ean.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Before the command: show where an error comes from.")] = False,
) -> None:
    """Where does attention pay? Search, train and export sparse attention networks."""
    errors.debugging = debug


def main() -> None:
    """Entry point: runs a command; an error is one message and exit status 2, Ctrl-C one and 130."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.showwarning = show_warning
    try:
        listen()
        with whatever_comes_of_it():
            import_folder(__package__, [str(Path(__file__).parent)])
            app()
    except Stopped as stopped:
        say("Stopped.", error=True)
        sys.exit(stopped.status)
    except Exception as error:
        if errors.debugging:
            raise
        say(f"keras-ean: {errors.told(error)}", error=True)
        sys.exit(2)
