"""LitServe with one SavedModel: an existing server, which knows nothing of keras_ean."""

import sys

import litserve
import numpy as np


class Images(litserve.LitAPI):
    """{"instances": uint8 images of one size} → {"predictions": probabilities}."""

    def __init__(self, path: str):
        super().__init__()
        self.path = path

    def setup(self, device):
        import tensorflow as tf

        self.constant = tf.constant
        # Kept, since its signatures go when it goes.
        self.model = tf.saved_model.load(self.path)

    def decode_request(self, request):
        return np.array(request["instances"], "uint8")

    def predict(self, images):
        return self.model.signatures["classify_images"](self.constant(images))

    def encode_response(self, output):
        return {
            "predictions": output["probabilities"].numpy().tolist(),
            "knows_keras_ean": "keras_ean" in sys.modules,
        }


if __name__ == "__main__":
    path, port = sys.argv[1:]
    server = litserve.LitServer(Images(path), accelerator="cpu", workers_per_device=2)
    server.run(host="127.0.0.1", port=int(port), generate_client_file=False, log_level="warning")
