#!/usr/bin/env bash
# One piece of experiments on a GPU with JAX; TensorFlow need not be installed.
#
#   experiments/gpu_piece.sh NAME… [--minutes 9] [--small] [--pack FOLDER]
#
# Stops at a checkpoint before the minutes are over, with exit status 75: the same command goes on. Exit status 0: the
# rows are in experiments/results. --pack keeps the runs as FOLDER/runs.tar.00 … of 15 MB each and goes on from there,
# for machines that forget everything else. Data: .data/cifar10 as folders of JPEG files; unpacked there from the archive
# that CIFAR10 names, if missing.
set -euo pipefail
cd "$(dirname "$0")/.."
export KERAS_BACKEND=jax PYTHONPATH=. OUT=runs/gpu
names=() options=() minutes=9 pack=""
while (($#)); do
    case $1 in
        --minutes) minutes=$2; shift 2 ;;
        --pack) pack=$2; shift 2 ;;
        --*) options+=("$1"); shift ;;
        *) names+=("$1"); shift ;;
    esac
done
if [[ ! -d .data/cifar10 ]]; then
    archive=${CIFAR10:?names the archive with train/ and test/ of CIFAR-10}
    mkdir -p .data/cifar10 && tar xf "$archive" -C .data/cifar10
fi
mkdir -p "$OUT"
if [[ -n $pack && -e $pack/runs.tar.00 && -z $(ls "$OUT") ]]; then
    cat "$pack"/runs.tar.* | tar x -C "$OUT"
fi
status=0
python experiments/run.py "${names[@]}" --out "$OUT" --minutes "$minutes" --publish "${options[@]}" || status=$?
if [[ -n $pack ]]; then
    mkdir -p "$pack" && rm -f "$pack"/runs.tar.*
    tar c --exclude tensorboard --exclude compiled -C "$OUT" . | split -b 15M -d - "$pack/runs.tar."
fi
exit $status
