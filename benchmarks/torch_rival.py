"""The supernet as a practitioner would write it in PyTorch: the rival of the benchmarks.

ResNet with bottlenecks for CIFAR (three stages) or ImageNet (four), one SE, SGE or DIA module per stage, a scheme per
batch. Eager, what is off is left out, as Python decides; a compiled network takes the scheme as a tensor, since it
would be compiled anew for each.
"""

import torch
from torch import nn
from torch.nn import functional as F


class SE(nn.Module):
    def __init__(self, channels: int, reduction: int = 16):
        super().__init__()
        hidden = max(1, channels // reduction)
        self.squeeze, self.excite = nn.Linear(channels, hidden), nn.Linear(hidden, channels)

    def forward(self, x, state):
        g = torch.sigmoid(self.excite(F.relu(self.squeeze(x.mean((2, 3))))))
        return x * g[:, :, None, None], state


class SGE(nn.Module):
    def __init__(self, channels: int, groups: int = 64):
        super().__init__()
        self.groups = groups
        self.weight = nn.Parameter(torch.zeros(1, groups, 1, 1))
        self.bias = nn.Parameter(torch.ones(1, groups, 1, 1))

    def forward(self, x, state):
        batch, channels, height, width = x.shape
        x = x.reshape(batch * self.groups, -1, height, width)
        t = (x * x.mean((2, 3), keepdim=True)).sum(1).reshape(batch * self.groups, -1)
        t = t - t.mean(1, keepdim=True)
        t = (t / (t.std(1, keepdim=True) + 1e-5)).reshape(batch, self.groups, height, width)
        g = torch.sigmoid(t * self.weight + self.bias).reshape(batch * self.groups, 1, height, width)
        return (x * g).reshape(batch, channels, height, width), state


class DIA(nn.Module):
    def __init__(self, channels: int, reduction: int = 4):
        super().__init__()
        hidden = max(1, channels // reduction)

        def mlp():
            return nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, 4 * channels))

        self.inputs, self.states = mlp(), mlp()

    def forward(self, x, state):
        h, c = state if state is not None else (x.new_zeros(x.shape[:2]),) * 2
        gates = self.inputs(x.mean((2, 3))) + self.states(h)
        i, f, g, o = gates.chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.sigmoid(c)
        return x * h[:, :, None, None], (h, c)


MODULES = {"se": SE, "sge": SGE, "dia": DIA}


class Bottleneck(nn.Module):
    def __init__(self, inputs: int, width: int, stride: int):
        super().__init__()
        channels = 4 * width
        self.branch = nn.Sequential(
            nn.Conv2d(inputs, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.shortcut = nn.Identity()
        if stride > 1 or inputs != channels:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))


class Supernet(nn.Module):
    """Images (batch, 3, height, width) and one bit per block → logits.

    Args:
        stages: blocks per stage; three (CIFAR) or four (ImageNet).
        width: of the first stage's 3×3 convolutions.
        module: "se", "sge" or "dia".
        classes: number of classes.
    """

    def __init__(self, stages: tuple[int, ...], width: int, module: str, classes: int):
        super().__init__()
        if len(stages) == 3:
            self.stem = nn.Sequential(nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        else:
            self.stem = nn.Sequential(
                nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
            )
        self.stages, self.attention, inputs = nn.ModuleList(), nn.ModuleList(), width
        for stage, count in enumerate(stages):
            blocks = nn.ModuleList()
            for block in range(count):
                blocks.append(Bottleneck(inputs, width * 2**stage, 2 if stage and not block else 1))
                inputs = 4 * width * 2**stage
            self.stages.append(blocks)
            self.attention.append(MODULES[module](inputs))
        self.logits = nn.Linear(inputs, classes)

    def forward(self, x, scheme):
        """`scheme`: a list of Booleans (what is off is left out), or a tensor (blocks,) of 0 and 1."""
        x, index = self.stem(x), 0
        for blocks, attention in zip(self.stages, self.attention):
            state = None
            for block in blocks:
                y = block.branch(x)
                if isinstance(scheme, list):
                    if scheme[index]:
                        y, state = attention(y, state)
                else:
                    y, state = self.masked(attention, y, state, scheme[index])
                x, index = F.relu(y + block.shortcut(x)), index + 1
        return self.logits(x.mean((2, 3)))

    @staticmethod
    def masked(attention, x, state, on):
        y, after = attention(x, state)
        if after is not None:
            before = state if state is not None else tuple(torch.zeros_like(new) for new in after)
            after = tuple(old + on * (new - old) for old, new in zip(before, after))
        return x + on.to(x.dtype) * (y - x), after
