"""keras-ean: one file per group of commands, found by looking into this folder; nothing heavy is imported for --help."""

from keras_ean.cli.app import app, command, main

__all__ = ["app", "command", "main"]
