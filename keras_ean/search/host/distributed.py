"""Chief and workers: Keras Tuner's own gRPC mode, without its traps.

The chief keeps the oracle, the workers score. Environment variables as documented by Keras Tuner: KERASTUNER_TUNER_ID
("chief", or a name per worker), KERASTUNER_ORACLE_IP and KERASTUNER_ORACLE_PORT.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager, suppress
from typing import Any

import keras_tuner

from keras_ean.search.host.introduction import introduction

CHIEF_SECONDS = 120.0
"""How long a worker waits for a chief that does not answer."""
ANSWER_SECONDS = 5.0
"""How long one question waits for its answer before the worker looks around."""
EVALUATOR = "keras_ean_evaluator"
"""The hyperparameter whose value is what a worker's evaluator scores with."""


def is_chief() -> bool:
    return "KERASTUNER_ORACLE_IP" in os.environ and "chief" in os.environ.get("KERASTUNER_TUNER_ID", "")


def is_worker() -> bool:
    return "KERASTUNER_ORACLE_IP" in os.environ and not is_chief()


def address() -> str:
    return f"{os.environ['KERASTUNER_ORACLE_IP']}:{os.environ['KERASTUNER_ORACLE_PORT']}"


def evaluator_message(evaluator: Mapping[str, Any]) -> keras_tuner.HyperParameters:
    """What a worker's evaluator scores with, JSON values, for `oracle.update_space`.

    Keras Tuner's protocol has no message for it. Of those that it has, a fixed hyperparameter is the one that carries a
    text to the chief, and a refusal back.

    Example:
        >>> evaluator_in(evaluator_message({"images": 1000, "shape": (8, 8)}))
        {'images': 1000, 'shape': [8, 8]}
    """
    message = keras_tuner.HyperParameters()
    message.Fixed(EVALUATOR, json.dumps(evaluator))
    return message


def evaluator_in(message: keras_tuner.HyperParameters) -> dict[str, Any] | None:
    """What `evaluator_message` was given; None for any other hyperparameters."""
    text = message.values.get(EVALUATOR)
    return None if text is None else json.loads(text)


def serve(oracle) -> None:
    """Answers workers until the search is finished and every worker knows, or has been silent for a lease."""
    import grpc
    from keras_tuner.src import protos

    from keras_ean.search.host.servicer import Guard, HolderServicer

    # One thread, since Keras Tuner turns trials into messages outside the oracle's lock.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1), interceptors=[Guard()])
    protos.get_service_grpc().add_OracleServicer_to_server(HolderServicer(oracle), server)
    server.add_insecure_port(address())
    oracle.begin()
    server.start()
    while not oracle.ledger.deserted():
        time.sleep(0.1)
    server.stop(grace=1).wait()


class SearchOver(Exception):
    """The search has ended without this worker."""


class PatientStub:
    """The chief as a worker's client calls it; asks again while the chief does not answer.

    Safe, because the oracle's answers are idempotent.

    Args:
        over: A function that says whether the search is known to have ended.
        seconds: How many seconds the chief may be silent, as before its start or between its death and its restart.

    Raises:
        ConnectionError: At a call, if the chief stays silent.
        SearchOver: At a call, if the chief is silent and the search has ended.
        ValueError: At a call, what the chief raised.
    """

    def __init__(self, over: Callable[[], bool], seconds: float = CHIEF_SECONDS):
        import grpc
        from keras_tuner.src import protos

        self.over, self.seconds, self.address = over, seconds, address()
        # Left alone, gRPC waits a second before it tries to connect again, then longer and longer, up to two minutes.
        waits = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 2000)]
        channel = grpc.insecure_channel(self.address, options=waits)
        self.stub = protos.get_service_grpc().OracleStub(channel)
        self.away = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED)

    def __getattr__(self, name: str) -> Callable:
        import grpc

        method = getattr(self.stub, name)

        def patient(request: Any, **_: Any) -> Any:
            end = time.monotonic() + self.seconds
            while True:
                try:
                    return method(request, wait_for_ready=True, timeout=ANSWER_SECONDS, metadata=introduction())
                except grpc.RpcError as error:
                    if error.code() == grpc.StatusCode.UNAUTHENTICATED:
                        raise ValueError(
                            f"The chief at {self.address} refuses this worker: {error.details()}"
                        ) from None
                    if error.code() == grpc.StatusCode.UNKNOWN:
                        raise ValueError(error.details().removeprefix("Exception calling application: ")) from None
                    if error.code() not in self.away:
                        raise
                if self.over():
                    raise SearchOver
                if time.monotonic() > end:
                    raise ConnectionError(
                        f"No chief has answered at {self.address} for {self.seconds:.0f} s. Start it, with "
                        "KERASTUNER_TUNER_ID=chief; if its search has ended, no worker is needed any more."
                    )
                time.sleep(0.2)

        return patient


@contextmanager
def heartbeat(oracle, trial_id: str, every: float) -> Iterator[None]:
    """Renews the trial's lease every so many seconds while the block runs."""
    done = threading.Event()

    def beat() -> None:
        # What has become of the chief shows when the score is reported.
        with suppress(ConnectionError, SearchOver):
            while not done.wait(every):
                oracle.update_trial(trial_id, {})

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
