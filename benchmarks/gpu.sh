#!/usr/bin/env bash
# The GPU's figures of benchmarks/README.md, with JAX, in pieces of ten minutes: run it again until it says "all done".
#
#   benchmarks/gpu.sh [--minutes 9] [--small] [--out benchmarks]
#
# Checks that JAX sees a GPU, then measures what is not in OUT yet. Most of the minutes go to trainings of ResNet-20 on the
# whole of CIFAR-10 (side_by_side.py; .data/cifar10 has its JPEG files); meanwhile the networks of steps.py compile. When
# the GPU is idle, these take their steps: ResNet-50 and ResNet-164 in bfloat16 beside PyTorch, eager and compiled, in
# bfloat16, channels last. Then come schemes per second, the input pipeline and compilation. PEAK: the device's dense
# bfloat16 TFLOP/s (H100 and H200: 989). --small takes every step on a CPU too, with tiny sizes, to try it out; its files
# are in OUT/small.
set -euo pipefail
cd "$(dirname "$0")/.."
export KERAS_BACKEND=jax PYTHONPATH=.${PYTHONPATH:+:$PYTHONPATH} XLA_PYTHON_CLIENT_PREALLOCATE=false
minutes=9 small="" out=benchmarks
while (($#)); do
    case $1 in
        --minutes) minutes=$2; shift 2 ;;
        --small) small=1; shift ;;
        --out) out=$2; shift 2 ;;
        *) echo "unknown option $1" >&2; exit 2 ;;
    esac
done
end=$((SECONDS + 60 * minutes))
DEVICE=$(python -c 'import jax; device = jax.devices()[0]; print(device.device_kind if device.platform != "cpu" else "CPU")')
export DEVICE
echo "JAX runs on: $DEVICE"
if [[ -z $small && $DEVICE == CPU ]]; then
    echo "There is no GPU here; --small takes all steps in small on a CPU." >&2
    exit 1
fi
cases=(resnet50-224-se resnet164-128-se)
variants=keras,plain,static,supernet,"torch eager,torch compiled"
options=(--cold 0 --steps 10 --rounds 6 --batch 64 --precision mixed_bfloat16 --peak "${PEAK:-989}")
stepping=110
if [[ -n $small ]]; then
    out=$out/small stepping=20
    cases=(resnet29-2-se) variants=plain,supernet
    options=(--cold 0 --rounds 1 --precision mixed_bfloat16)
fi
mkdir -p "$out"
idle=$(mktemp -d)
trap 'rm -rf "$idle"; kill $(jobs -p) 2>/dev/null || true' EXIT
left() { echo $((end - SECONDS)); }
missing() { ! grep -qs "$2" "$out/$1_gpu.json"; }
complete=1
# Compilation needs processors, trainings the GPU: both at once, and steps are taken when nothing else runs.
for case in "${cases[@]}"; do
    if missing steps "\"$case "; then
        nice -n 19 python benchmarks/steps.py "$case" "${options[@]}" --variants "$variants" --after "$idle/$case" \
            --publish "$out/steps_gpu.json" > "$idle/$case.log" 2>&1 &
        waiting+=("$case:$!")
    fi
done
if [[ -n $small || -d .data/cifar10 ]]; then
    seconds=$(($(left) - stepping))
    JAX_COMPILATION_CACHE_DIR=${TMPDIR:-/tmp}/side_by_side_compiled python benchmarks/side_by_side.py ${small:+--small --seeds 1} --epochs 30 40 50 60 90 --train-only \
        --minutes "$(python -c "print($seconds / 60)")" --results "$out/side_by_side" || complete=""
else
    echo "no trainings: .data/cifar10 has to hold CIFAR-10 as folders of JPEG files" >&2
    complete=""
fi
for one in ${waiting[@]+"${waiting[@]}"}; do
    touch "$idle/${one%:*}"
    wait "${one##*:}" || complete=""
    tail -n 12 "$idle/${one%:*}.log"
done
for script in search_speed input_pipeline compile_time; do
    missing $script machine || continue
    if [[ $(left) -lt 40 ]]; then
        complete=""
        continue
    fi
    case $script in
        search_speed) more=(--rounds 5 --cases 2 --evaluations 500) ;;
        input_pipeline) more=(--precision mixed_bfloat16) ;;
        compile_time) more=(--precision mixed_bfloat16) ;;
    esac
    [[ -n $small && $script != compile_time ]] && more=(--small)
    [[ $script == compile_time ]] && more=("${cases[-1]}" "${more[@]}")
    python "benchmarks/$script.py" "${more[@]}" --publish "$out/${script}_gpu.json" || complete=""
done
[[ -n $complete ]] || { echo "to be continued: run it again"; exit 75; }
echo "all done: $out"
