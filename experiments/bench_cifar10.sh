#!/bin/sh
# The CIFAR-10 table of EAN-Bench on a GPU, in pieces: run it again until it says where the table is.
#
#   experiments/bench_cifar10.sh [minutes, default 9] [networks side by side, default 1] [--small]
#
# --small takes all steps in small, to try it out. Needs JAX (no TensorFlow) and CIFAR-10 as JPEG folders in .data/cifar10. FOLDER keeps the finished trainings (default runs/bench/cifar10-se-8).
set -eu
cd "$(dirname "$0")/.."
export KERAS_BACKEND=jax PYTHONPATH=. XLA_PYTHON_CLIENT_PREALLOCATE=false
exec python experiments/bench.py cifar10-se-8 ${FOLDER:+--folder "$FOLDER"} \
    --minutes "${1:-9}" --side-by-side "${2:-1}" ${3:-}
