#!/usr/bin/env bash
# The GPU's figures of benchmarks/README.md, with JAX, in pieces of ten minutes: run it again until it says "all done".
#
#   benchmarks/gpu.sh [--minutes 9] [--small] [--out benchmarks]
#
# Checks that JAX sees a GPU, then measures what is not in OUT/steps_gpu.json and the other files yet: steps of ResNet-164
# and ResNet-50 in bfloat16 beside PyTorch eager (float32) and compiled (bfloat16, channels last), schemes per second, the
# input pipeline, trainings of ResNet-20 side by side on the whole of CIFAR-10 (side_by_side.py; .data/cifar10 has its
# JPEG files), compilation, retraces, memory. PEAK: the device's dense bfloat16 TFLOP/s (H100 and H200: 989).
# --small takes every step on a CPU too, with tiny sizes, to try it out; its files are in OUT/small.
set -euo pipefail
cd "$(dirname "$0")/.."
export KERAS_BACKEND=jax PYTHONPATH=. XLA_PYTHON_CLIENT_PREALLOCATE=false
minutes=9 small="" out=benchmarks
while (($#)); do
    case $1 in
        --minutes) minutes=$2; shift 2 ;;
        --small) small=1; shift ;;
        --out) out=$2; shift 2 ;;
        *) echo "unknown option $1" >&2; exit 2 ;;
    esac
done
end=$((SECONDS + ${minutes%.*} * 60))
left() { echo $(((end - SECONDS) / 60)); }

DEVICE=$(python -c 'import jax; device = jax.devices()[0]; print(device.device_kind if device.platform != "cpu" else "CPU")')
export DEVICE
echo "JAX runs on: $DEVICE"
if [[ -z $small && $DEVICE == CPU ]]; then
    echo "There is no GPU here; --small takes all steps in small on a CPU." >&2
    exit 1
fi
first=(resnet164-128-se resnet50-224-se resnet164-128-sge)
cases=("${first[@]}" resnet164-32-se resnet164-128-dia resnet50-224-dia resnet50-224-sge resnet50-64-se)
options=(--cold 0 --steps 20 --rounds 10 --batch 128 --precision mixed_bfloat16 --peak "${PEAK:-989}")
if [[ -n $small ]]; then
    out=$out/small
    first=(resnet29-2-se) cases=(resnet29-2-se)
    options=(--cold 0 --rounds 1 --precision mixed_bfloat16 --variants plain,supernet)
fi
mkdir -p "$out"
steps() { python benchmarks/steps.py "$@" "${options[@]}" --publish "$out/steps_gpu.json"; }
published() { [[ -e $out/$1_gpu.json ]]; }
# What tells the most comes first: a step of the supernet beside others, schemes per second and images on the device, then
# networks on the whole of CIFAR-10, as many as there are minutes for.
steps "${first[@]}" --minutes $(((minutes + 2) / 3))
for script in search_speed input_pipeline; do
    if ! published $script && [[ $(left) -ge 1 ]]; then
        python "benchmarks/$script.py" ${small:+--small} --publish "$out/${script}_gpu.json"
    fi
done
trainings=1
if [[ -n $small || -d .data/cifar10 ]]; then
    python benchmarks/side_by_side.py ${small:+--small --seeds 1} --minutes "$(left)" --results "$out/side_by_side" &&
        trainings=0
else
    echo "no trainings: .data/cifar10 has to hold CIFAR-10 as folders of JPEG files" >&2
fi
[[ $(left) -ge 1 ]] && steps "${cases[@]}" --minutes "$(left)"
if ! published compile_time && [[ $(left) -ge 2 ]]; then
    python benchmarks/compile_time.py "${cases[0]}" --precision mixed_bfloat16 --publish "$out/compile_time_gpu.json"
fi
for script in steps compile_time input_pipeline search_speed; do
    published $script || { echo "to be continued: run it again"; exit 75; }
done
python - "$out/steps_gpu.json" ${#cases[@]} <<'END' || trainings=1
import json, sys
sys.exit(len(json.load(open(sys.argv[1]))) < int(sys.argv[2]))
END
[[ $trainings -eq 0 ]] || { echo "to be continued: run it again"; exit 75; }
echo "all done: $out"
