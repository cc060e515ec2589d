"""Chief and workers: Keras Tuner's own gRPC mode, without its traps.

The chief keeps the oracle, the workers score. Environment variables as documented by Keras Tuner: KERASTUNER_TUNER_ID
("chief", or a name per worker), KERASTUNER_ORACLE_IP and KERASTUNER_ORACLE_PORT.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any


def is_chief() -> bool:
    return "KERASTUNER_ORACLE_IP" in os.environ and "chief" in os.environ.get("KERASTUNER_TUNER_ID", "")


def is_worker() -> bool:
    return "KERASTUNER_ORACLE_IP" in os.environ and not is_chief()


def serve(oracle) -> None:
    """Answers workers until the search is finished and every worker knows, or has been silent for a lease."""
    import grpc
    from keras_tuner.src import protos
    from keras_tuner.src.distribute.oracle_chief import OracleServicer

    # One thread, since Keras Tuner turns trials into messages outside the oracle's lock.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
    protos.get_service_grpc().add_OracleServicer_to_server(OracleServicer(oracle), server)
    address = f"{os.environ['KERASTUNER_ORACLE_IP']}:{os.environ['KERASTUNER_ORACLE_PORT']}"
    server.add_insecure_port(address)
    server.start()
    while not oracle.deserted():
        time.sleep(0.1)
    server.stop(grace=1).wait()


class PatientClient:
    """Keras Tuner's client of the chief, that asks again when the chief dies in the middle of an answer.

    Safe, because the oracle's answers are idempotent. A chief that is not there is waited for (60 min).

    Args:
        client: `keras_tuner`'s OracleClient.
    """

    def __init__(self, client: Any):
        self.client = client

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.client, name)
        return self._patient(value) if callable(value) else value

    @staticmethod
    def _patient(call: Callable) -> Callable:
        import grpc

        def patient(*args, **kwargs):
            while True:
                try:
                    return call(*args, **kwargs)
                except grpc.RpcError as error:
                    if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                        raise
                    time.sleep(0.2)

        return patient


@contextmanager
def heartbeat(oracle, trial_id: str, every: float) -> Iterator[None]:
    """Renews the trial's lease every so many seconds while the block runs."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(every):
            oracle.update_trial(trial_id, {})

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
