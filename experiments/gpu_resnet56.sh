#!/usr/bin/env bash
# ResNet-56 on all of CIFAR-10, with SE, SGE and DIA in turn; options: see gpu_piece.sh.
exec "$(dirname "$0")/gpu_piece.sh" cifar10-jpeg-resnet56-{se,sge,dia} "$@"
