"""What does not hold on Keras 3 for convolutional networks: the reason, and the alternative."""

INT8 = "Quantise after training instead: ean.export(model, path, format='litert', quantization='int8', images=…)."
REFUSED = {
    "qat": "tfmot's quantisation-aware training works on tf_keras only and fails with layers that it does not know, "
    f"as attention modules. {INT8}",
    "gptq": f"Keras's GPTQ quantises the dense layers of language models, no convolutions. {INT8}",
    "awq": f"Keras's AWQ quantises the dense layers of language models, no convolutions. {INT8}",
    "int8": "Model.quantize('int8') covers dense layers and no convolutions, and also changes the dense layers inside "
    f"custom layers, whose saved file then fails to load. {INT8}",
    "int4": f"Model.quantize('int4') covers dense layers and no convolutions. {INT8}",
    "float8": f"Model.quantize('float8') covers dense layers and no convolutions. {INT8}",
}
"""Technique → why it is refused."""
