"""Where the command `keras-ean` enters.

In a process that has loaded this module, `import keras_ean` leaves Keras for later, so that --help answers at once;
every command then begins with `keras_ean.register_classes()`.
"""


def main() -> None:
    """Runs the command line."""
    from keras_ean.cli import main

    main()


if __name__ == "__main__":
    main()
