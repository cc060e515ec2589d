"""Small PyTorch nets that name their parameters as the authors of EAN and DIANet do; written from the papers."""

import torch
from torch import nn
from torch.nn import functional as F


class MLP(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        hidden = channels // reduction
        self.seq = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, 4 * channels))


class Cell(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        self.w_ih = nn.ModuleList([MLP(channels, reduction)])
        self.w_hh = nn.ModuleList([MLP(channels, reduction)])

    def forward(self, x, state):
        p = x.mean((2, 3))
        h, c = (torch.zeros_like(p),) * 2 if state is None else state
        i, f, g, o = (self.w_ih[0].seq(p) + self.w_hh[0].seq(h)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.sigmoid(c)
        return x * h[:, :, None, None], (h, c)


class GroupEnhance(nn.Module):
    def __init__(self, groups):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, groups, 1, 1))
        self.bias = nn.Parameter(torch.zeros(1, groups, 1, 1))

    def forward(self, x, state):
        groups = self.weight.shape[1]
        parts = x.unflatten(1, (groups, -1))
        t = (parts * parts.mean((3, 4), keepdim=True)).sum(2)
        t = t - t.mean((2, 3), keepdim=True)
        t = t / (t.flatten(2).std(2)[..., None, None] + 1e-5)
        gate = torch.sigmoid(self.weight * t + self.bias)
        return (parts * gate[:, :, None]).flatten(1, 2), state


class Stage(nn.Module):
    """Blocks that return (branch, skip), and their shared attention under the name `attention_name`."""

    def __init__(self, blocks, attention_name, attention, last):
        super().__init__()
        self.ModuleList = nn.ModuleList(blocks)
        self.attention_name, self.last = attention_name, last
        setattr(self, attention_name, attention)

    def forward(self, x, bits):
        state = None
        for block, bit in zip(self.ModuleList, bits, strict=True):
            y, skip = block(x)
            if bit:
                y, state = getattr(self, self.attention_name)(y, state)
            x = self.last(y + skip)
        return x


def conv(inputs, outputs, kernel, stride=1, bias=False, groups=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=bias, groups=groups)


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, width, 1, bias=True), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3, stride, bias=True), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = conv(width, 4 * width, 1, bias=True), nn.BatchNorm2d(4 * width)
        self.downsample = None
        if stride > 1 or inputs != 4 * width:
            self.downsample = nn.Sequential(conv(inputs, 4 * width, 1, stride, True), nn.BatchNorm2d(4 * width))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(y)))))
        return y, self.downsample(x) if self.downsample else x


class PreBottleneck(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, width, 1)
        self.bn2, self.conv2 = nn.BatchNorm2d(width), conv(width, width, 3, stride)
        self.bn3, self.conv3 = nn.BatchNorm2d(width), conv(width, 4 * width, 1)
        self.bn_additional = nn.BatchNorm2d(4 * width)
        self.downsample = None
        if stride > 1 or inputs != 4 * width:
            self.downsample = nn.Sequential(conv(inputs, 4 * width, 1, stride))

    def forward(self, x):
        y = self.conv1(F.relu(self.bn1(x)))
        y = self.conv2(F.relu(self.bn2(y)))
        y = self.bn_additional(self.conv3(F.relu(self.bn3(y))))
        return y, self.downsample(x) if self.downsample else x


class WideBlock(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, width, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(width), conv(width, width, 3)
        self.bn_additional = nn.BatchNorm2d(width)
        self.convShortcut = conv(inputs, width, 1, stride) if inputs != width else None

    def forward(self, x):
        z = F.relu(self.bn1(x))
        y = self.bn_additional(self.conv2(F.relu(self.bn2(self.conv1(z)))))
        return y, self.convShortcut(z) if self.convShortcut else x


class NextBlock(nn.Module):
    def __init__(self, inputs, width, stride, cardinality=8):
        super().__init__()
        inner, outputs = cardinality * width, 4 * width
        self.conv_reduce, self.bn_reduce = conv(inputs, inner, 1), nn.BatchNorm2d(inner)
        self.conv_conv, self.bn = conv(inner, inner, 3, stride, groups=cardinality), nn.BatchNorm2d(inner)
        self.conv_expand, self.bn_expand = conv(inner, outputs, 1), nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if inputs != outputs:
            self.shortcut.add_module("shortcut_conv", conv(inputs, outputs, 1, stride))
            self.shortcut.add_module("shortcut_bn", nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn(self.conv_conv(F.relu(self.bn_reduce(self.conv_reduce(x))))))
        return self.bn_expand(self.conv_expand(y)), self.shortcut(x)


class Net(nn.Module):
    """Stem, stages, head; `names` are the authors' for the stem's convolution and norm, a stage, the head's norm and
    the classifier, None where the net has no such layer."""

    def __init__(self, block, stages, width, names, attention, widths=None, stem=None, last=F.relu, expansion=4):
        super().__init__()
        self.names, self.stages = names, stages
        self.stem = stem or conv(3, width, 3)
        setattr(self, names[0], self.stem)
        if names[1]:
            setattr(self, names[1], nn.BatchNorm2d(width))
        inputs = width
        for i, depth in enumerate(stages):
            inner = (widths or width) * 2**i
            blocks = [block(inputs, inner, 2 if i else 1)]
            inputs = expansion * inner
            blocks += [block(inputs, inner, 1) for _ in range(depth - 1)]
            setattr(self, f"{names[2]}{i + 1}", Stage(blocks, *attention(inputs), last))
        if names[3]:
            setattr(self, names[3], nn.BatchNorm2d(inputs))
        setattr(self, names[4], nn.Linear(inputs, 10))

    def state_dict(self, *args, **kwargs):
        state = super().state_dict(*args, **kwargs)
        return {name: value for name, value in state.items() if not name.startswith("stem.")}

    def forward(self, x, bits):
        x = self.stem(x)
        if self.names[1]:
            x = F.relu(getattr(self, self.names[1])(x))
        if len(self.stages) == 4:
            x = F.max_pool2d(x, 3, 2, 1)
        bits = iter(bits)
        for i, depth in enumerate(self.stages):
            x = getattr(self, f"{self.names[2]}{i + 1}")(x, [next(bits) for _ in range(depth)])
        if self.names[3]:
            x = F.relu(getattr(self, self.names[3])(x))
        return getattr(self, self.names[4])(x.mean((2, 3)))


def dia(reduction):
    return lambda channels: ("lstm", Cell(channels, reduction))


def fbresnet50(attention):
    stem = nn.Conv2d(3, 8, 7, 2, 3)
    return Net(Bottleneck, (3, 4, 6, 3), 8, ("conv1", "bn1", "layer", None, "last_linear"), attention, stem=stem)


def dia_preresnet():
    identity = nn.Identity()
    return Net(PreBottleneck, (2, 2, 2), 4, ("conv1", None, "layer", "bn", "fc"), dia(4), last=identity)


def dia_wrn():
    identity, names = nn.Identity(), ("conv1", None, "block", "bn1", "fc")
    return Net(WideBlock, (2, 2, 2), 4, names, dia(4), widths=8, last=identity, expansion=1)


def dia_resnext():
    return Net(NextBlock, (2, 2, 2), 4, ("conv_1_3x3", "bn_1", "stage_", None, "classifier"), dia(4))


def randomised(net, seed=0):
    """`net` in inference mode, with random statistics and scales, so that no layer is near the identity."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if value.dtype == torch.float32 and (value.ndim == 1 or "share_fc" in name):
                noise = torch.rand(value.shape, generator=generator)
                value.copy_(0.5 + noise if name.endswith(("weight", "running_var")) else noise - 0.5)
    return net.eval()
