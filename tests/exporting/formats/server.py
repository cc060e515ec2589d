"""A bare server of one SavedModel: TensorFlow and the standard library, one thread per request."""

import json
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np


class Handler(BaseHTTPRequestHandler):
    signature: Callable

    def do_POST(self):
        instances = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["instances"]
        result = self.signature(np.array(instances, "uint8"))
        answer = {
            "predictions": result["probabilities"].numpy().tolist(),
            "knows_keras_ean": "keras_ean" in sys.modules,
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Quiet."""


if __name__ == "__main__":
    import tensorflow as tf

    model = tf.saved_model.load(sys.argv[1])
    Handler.signature = staticmethod(lambda images: model.signatures["classify_images"](tf.constant(images)))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
