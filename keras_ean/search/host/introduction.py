"""What a worker says of itself with every question to the chief."""

import os

SECRET_VARIABLE = "KERAS_EAN_SECRET"
"""Environment variable of a secret that chief and workers share; without it anyone who reaches the port is heard."""
WORKER, SECRET = "keras-ean-worker-bin", "keras-ean-secret-bin"
"""Names of gRPC metadata; those that end so may have any bytes."""


def introduction() -> tuple[tuple[str, bytes], ...]:
    """Who the worker is, and the secret that it shares with the chief, as gRPC metadata."""
    named = {WORKER: os.environ["KERASTUNER_TUNER_ID"], SECRET: os.environ.get(SECRET_VARIABLE, "")}
    return tuple((name, value.encode()) for name, value in named.items())
