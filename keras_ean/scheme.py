"""The connection scheme: one bit per residual block, by stage."""

import numbers
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from keras_ean.registry import unknown

PUBLISHED = {
    ("resnet50", "sge"): "100 1011 010011 011",
    ("resnet50", "dia"): "110 0011 110010 011",
    ("resnet50", "se"): "010 0010 110011 001",
}
"""Schemes found for ResNet-50 on ImageNet (arXiv 2011.14058)."""
MOST_BLOCKS = 10_000
"""Of a scheme; more are a slip of the pen, and would take long to refuse otherwise."""


@dataclass(frozen=True, init=False, repr=False, slots=True)
class Scheme:
    """Says which residual blocks of a backbone have attention connected: a = (a_1 … a_m), arXiv 2011.14058.

    Args:
        bits: One bit per block: a text such as "100 1011 010011 011", where blanks part the stages, or "1001…"; a
            sequence of 0 and 1; or another scheme.
        stages: The number of blocks of each stage, such as (3, 4, 6, 3). A sequence of bits needs it; a text without
            blanks and without `stages` is one stage.

    Raises:
        ValueError: A bit is not 0 or 1, or their number does not fit the stages.

    Example:
        >>> scheme = Scheme("100 1011 010011 011")
        >>> scheme.codes
        (4, 11, 19, 3)
        >>> scheme == Scheme.from_codes((4, 11, 19, 3), stages=(3, 4, 6, 3))
        True
        >>> scheme.density
        0.5625
    """

    bits: tuple[int, ...]
    stages: tuple[int, ...]

    def __init__(self, bits: "str | Sequence[int] | Scheme", stages: Sequence[int] | None = None):
        if stages is not None:
            stages = check_stages(stages)
        if isinstance(bits, Scheme):
            stages, bits = bits.stages if stages is None else stages, bits.bits
        if isinstance(bits, str):
            groups = bits.split()
            if not groups:
                raise ValueError(
                    f"A scheme has a bit for each block, as '100 1011' has, but the text {bits!r} has none."
                )
            if stages is None:
                stages = tuple(map(len, groups))
            elif len(groups) > 1 and tuple(map(len, groups)) != stages:
                raise ValueError(
                    f"The scheme {bits!r} has stages of {tuple(map(len, groups))} blocks, but the stages are "
                    f"{stages}. Give one bit per block, with the blanks between the stages; of several modules at each "
                    "block, as 'eca+se' has, one for each."
                )
            values: list = ["".join(groups)[i] for i in range(sum(map(len, groups)))]
        elif isinstance(bits, Iterable):
            values = list(bits)
        else:
            raise ValueError(f"A scheme is a text, as '100 1011', or a sequence of 0 and 1, not {bits!r}.")
        if stages is None:
            raise ValueError("A scheme given as a sequence of bits needs stages=, for example stages=(3, 4, 6, 3).")
        stages = check_stages(stages)
        object.__setattr__(self, "bits", tuple(_bit(value, bits) for value in values))
        object.__setattr__(self, "stages", _shared(stages))
        if len(self.bits) != sum(stages):
            raise ValueError(
                f"A scheme has one bit per block, or of several modules at each block, as 'eca+se' has, one for each: "
                f"stages {stages} take {sum(stages)} bits, but {bits!r} has {len(self.bits)}."
            )

    @classmethod
    def unchecked(cls, bits: tuple[int, ...], stages: tuple[int, ...]) -> "Scheme":
        """Makes a scheme of bits and stages that are known to be right, in a tenth of the time, since it checks
        nothing.

        Args:
            bits: A 0 or 1 for each block.
            stages: The number of residual blocks of each stage, such as (3, 4, 6, 3).
        """
        scheme = object.__new__(cls)
        object.__setattr__(scheme, "bits", bits)
        object.__setattr__(scheme, "stages", stages)
        return scheme

    @classmethod
    def from_codes(cls, codes: Sequence[int], stages: Sequence[int]) -> "Scheme":
        """Makes a scheme from one whole number per stage, whose binary digits are the stage's bits, the first block's
        being the highest.

        Args:
            codes: One whole number for each stage, from 0 to 2^blocks − 1.
            stages: The number of residual blocks of each stage, such as (3, 4, 6, 3).

        Raises:
            ValueError: There is not one code for each stage, or a code is outside of 0 … 2^blocks − 1.
        """
        stages = check_stages(stages)
        codes = tuple(codes) if isinstance(codes, Iterable) else (codes,)
        if len(codes) != len(stages):
            raise ValueError(f"One code per stage: stages {stages} need {len(stages)} codes, not {codes!r}.")
        return cls("".join(_binary(code, blocks) for code, blocks in zip(codes, stages, strict=True)), stages)

    @classmethod
    def full(cls, stages: Sequence[int]) -> "Scheme":
        """Makes the scheme with attention in every block.

        Args:
            stages: The number of residual blocks of each stage, such as (3, 4, 6, 3).
        """
        return cls([1] * sum(check_stages(stages)), stages)

    @classmethod
    def empty(cls, stages: Sequence[int]) -> "Scheme":
        """Makes the scheme without attention in any block.

        Args:
            stages: The number of residual blocks of each stage, such as (3, 4, 6, 3).
        """
        return cls([0] * sum(check_stages(stages)), stages)

    @classmethod
    def every(cls, stages: Sequence[int]) -> "Iterator[Scheme]":
        """Gives all 2^m schemes of m blocks, one after another: the n-th, counted from 0, has the binary digits of n,
        the first block's being the highest.

        Args:
            stages: The number of residual blocks of each stage, such as (3, 4, 6, 3).

        Example:
            >>> [str(scheme) for scheme in Scheme.every((1, 1))]
            ['0 0', '0 1', '1 0', '1 1']
        """
        stages = check_stages(stages)
        return (cls.unchecked(bits, stages) for bits in product((0, 1), repeat=sum(stages)))

    @classmethod
    def random(cls, stages: Sequence[int], density: float = 0.5, seed: int | None = 0) -> "Scheme":
        """Draws a scheme that connects round(density · blocks) blocks, at random places.

        Args:
            stages: The number of residual blocks of each stage, such as (3, 4, 6, 3).
            density: The share of connected blocks, 0 … 1.
            seed: The seed of the draw; None draws another scheme each time.

        Raises:
            ValueError: The density is not between 0 and 1.
        """
        if not isinstance(density, numbers.Real) or not 0 <= density <= 1:
            raise ValueError(f"The density of a scheme is between 0 and 1, not {density!r}.")
        blocks = sum(check_stages(stages))
        on = set(random.Random(seed).sample(range(blocks), round(density * blocks)))
        return cls([int(block in on) for block in range(blocks)], stages)

    @classmethod
    def published(cls, backbone: str, attention: str) -> "Scheme":
        """Gives the scheme that the paper (arXiv 2011.14058) found for a backbone with a module on ImageNet.

        Args:
            backbone: The name of a backbone, such as "resnet50".
            attention: The name of a module, such as "sge".

        Raises:
            ValueError: The paper published none for this pair; the message names the known ones.
        """
        if not isinstance(backbone, str) or not isinstance(attention, str) or (backbone, attention) not in PUBLISHED:
            known = [" ".join(pair) for pair in PUBLISHED]
            raise ValueError(unknown("published scheme", f"{backbone} {attention}", known))
        return cls(PUBLISHED[backbone, attention])

    @property
    def codes(self) -> tuple[int, ...]:
        """These are the scheme's bits as one whole number per stage, the first block's bit being the highest."""
        return tuple(int(group, 2) for group in str(self).split())

    @property
    def density(self) -> float:
        """This is the share of connected blocks, 0 … 1: ‖a‖₀ / m."""
        return sum(self.bits) / len(self.bits)

    @property
    def complement(self) -> "Scheme":
        """This is the scheme that connects just the blocks that this one does not."""
        return Scheme([1 - bit for bit in self.bits], self.stages)

    def flipped(self, block: int) -> "Scheme":
        """Gives the scheme that differs in one block: it is connected if it was not, and the other way round.

        Args:
            block: The number of the block, counted from 0.

        Example:
            >>> Scheme("10 1").flipped(1)
            Scheme('11 1')
        """
        bits = (*self.bits[:block], 1 - self.bits[block], *self.bits[block + 1 :])
        return Scheme.unchecked(bits, self.stages)

    def __len__(self) -> int:
        return len(self.bits)

    def __str__(self) -> str:
        digits, groups = "".join(map(str, self.bits)), []
        for blocks in self.stages:
            groups.append(digits[:blocks])
            digits = digits[blocks:]
        return " ".join(groups)

    def __repr__(self) -> str:
        return f"Scheme({str(self)!r})"


def check_stages(stages: Iterable[int]) -> tuple[int, ...]:
    """The stages as a tuple; ValueError unless they are positive whole numbers."""
    if isinstance(stages, str) or not isinstance(stages, Iterable):
        raise ValueError(f"Stages are blocks per stage, for example (3, 4, 6, 3), not {stages!r}.")
    values = tuple(stages)
    if not values or any(not isinstance(n, int) or isinstance(n, bool) or n < 1 for n in values):
        raise ValueError(f"Stages are one positive number of blocks each, for example (3, 4, 6, 3), not {values!r}.")
    if sum(values) > MOST_BLOCKS:
        raise ValueError(
            f"A network has at most {MOST_BLOCKS:,} residual blocks, but these stages have {sum(values)}: {values!r}."
        )
    return values


@lru_cache(maxsize=256)
def _shared(stages: tuple[int, ...]) -> tuple[int, ...]:
    """One tuple for all schemes of these stages, of which there may be a million."""
    return stages


def _binary(code, blocks: int) -> str:
    """The code of a stage as one digit per block; ValueError unless it is one."""
    known = isinstance(code, numbers.Real)
    if not known or not 0 <= code < 2**blocks or code != int(code):
        most = 2**blocks - 1 if blocks < 64 else f"2^{blocks} − 1"
        shown = f"one of {code.bit_length()} bits" if isinstance(code, int) and code.bit_length() > 64 else repr(code)
        raise ValueError(f"The code of a stage of {blocks} blocks is a whole number, 0 … {most}, not {shown}.")
    return f"{int(code):0{blocks}b}"


def _bit(value, bits) -> int:
    if value in ("0", "1"):
        return int(value)
    try:
        if value == 0 or value == 1:
            return int(value)
    except (TypeError, ValueError):
        pass
    raise ValueError(f"The bits of a scheme are 0 or 1, but {bits!r} has {value!r}.")
