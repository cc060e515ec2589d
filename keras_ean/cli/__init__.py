"""The commands: one file per group, found by looking into this folder; none imports anything heavy for --help."""

from keras_ean.cli.app import app, command, main

__all__ = ["app", "command", "main"]
