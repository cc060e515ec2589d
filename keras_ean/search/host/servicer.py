"""What the chief hears: workers that know the secret, of the trials that they hold."""

import hmac
import os
from typing import Any

import grpc
from keras_tuner.src import protos
from keras_tuner.src.distribute.oracle_chief import OracleServicer

from keras_ean.search.host.introduction import SECRET, SECRET_VARIABLE, WORKER


class HolderServicer(OracleServicer):
    """Keras Tuner's side of the chief, except that what a worker reports of a trial that it does not hold is left out.

    A worker that was silent for longer than its lease has lost its trial to another one, and goes on with the next.
    """

    def UpdateTrial(self, request: Any, context: Any) -> Any:
        if self._held(request.trial_id, context):
            return super().UpdateTrial(request, context)
        return protos.get_service().UpdateTrialResponse(trial=self.oracle.trials[request.trial_id].to_proto())

    def EndTrial(self, request: Any, context: Any) -> Any:
        if self._held(request.trial.trial_id, context):
            return super().EndTrial(request, context)
        return protos.get_service().EndTrialResponse()

    def _held(self, trial: str, context: Any) -> bool:
        sender = dict(context.invocation_metadata()).get(WORKER, b"")
        job = self.oracle.ledger.jobs.held_by(sender.decode())
        return job is not None and job.id == trial


class Guard(grpc.ServerInterceptor):
    """Answers those alone who know the secret in the environment variable KERAS_EAN_SECRET, if there is one."""

    def __init__(self):
        self.secret = os.environ.get(SECRET_VARIABLE, "").encode()
        self.refusal = grpc.unary_unary_rpc_method_handler(self._refuse)

    def intercept_service(self, continuation: Any, details: Any) -> Any:
        given = dict(details.invocation_metadata).get(SECRET, b"")
        known = hmac.compare_digest(given, self.secret)
        return continuation(details) if known or not self.secret else self.refusal

    @staticmethod
    def _refuse(request: Any, context: Any) -> None:
        context.abort(grpc.StatusCode.UNAUTHENTICATED, f"its {SECRET_VARIABLE} is not the chief's")
