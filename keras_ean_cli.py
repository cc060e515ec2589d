"""Where the command `keras-ean` enters.

In a process that has loaded this module, `import keras_ean` leaves Keras for later, so that --help answers at once;
every command then begins with `keras_ean.register_classes()`.
"""

import sys


def main() -> None:
    """Runs the command line; Ctrl-C while it is imported ends it as later."""
    try:
        from keras_ean.cli import main
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
    main()


if __name__ == "__main__":
    sys.modules["keras_ean_cli"] = sys.modules["__main__"]  # As where it is loaded under its own name.
    main()
