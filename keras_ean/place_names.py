"""What a place for attention is called, of which a block has one for each of the modules that it is offered."""

from collections.abc import Sequence
from dataclasses import dataclass

from keras_ean.attention_options import modules_of


@dataclass(frozen=True)
class PlaceNames:
    """Names the places that the bits of a scheme stand for: by its block, and by its module if a block has several.

    Args:
        attention: The name of the attention module; of several with a plus between them, each has a place at each
            block, in this order.

    Example:
        >>> PlaceNames("se")(2), PlaceNames("eca+se")(5)
        ('block 2', 'block 2, SE')
    """

    attention: str

    @property
    def modules(self) -> list[str]:
        """These are the names of the modules that have a place at each block, as texts have them."""
        return [name.upper() for name in modules_of(self.attention)]

    @property
    def several(self) -> bool:
        """Says whether a block has several places."""
        return len(self.modules) > 1

    @property
    def noun(self) -> str:
        """This is what one of them is called: a "block", or a "place" where a block has several."""
        return "place" if self.several else "block"

    def __call__(self, number: int) -> str:
        """Names one place in a sentence.

        Args:
            number: The number of its bit in a scheme, from 0 on.
        """
        return f"block {self.short(number)}"

    def short(self, number: int) -> str:
        """Names one place in a column of a table or along a figure, such as "2", or "2, SE".

        Args:
            number: The number of its bit in a scheme, from 0 on.
        """
        block, module = divmod(number, len(self.modules))
        return f"{block}, {self.modules[module]}" if self.several else str(block)

    def listed(self, numbers: Sequence[int]) -> str:
        """Names several places in a sentence.

        Args:
            numbers: The numbers of their bits in a scheme, at least one.

        Example:
            >>> PlaceNames("se").listed([0, 2, 5]), PlaceNames("eca+se").listed([0, 5])
            ('blocks 0, 2 and 5', 'block 0, ECA and block 2, SE')
        """
        if self.several:
            *first, last = map(self, numbers)
            return f"{'; '.join(first)} and {last}" if first else last
        *first, last = map(self.short, numbers)
        return f"blocks {', '.join(first)} and {last}" if first else f"block {last}"

    def counted(self, places: int) -> str:
        """Says how many blocks there are, and how many places at each.

        Args:
            places: The number of all places.

        Example:
            >>> PlaceNames("se").counted(3), PlaceNames("eca+se").counted(6)
            ('3 blocks', '3 blocks with a place for each of ECA and SE')
        """
        blocks = places // len(self.modules)
        counted = f"{blocks} block{'s' * (blocks != 1)}"
        *first, last = self.modules
        return f"{counted} with a place for each of {', '.join(first)} and {last}" if first else counted

    def blocks(self, stages: Sequence[int]) -> tuple[int, ...]:
        """Gives the numbers of residual blocks in each stage.

        Args:
            stages: The numbers of places in each stage.
        """
        return tuple(count // len(self.modules) for count in stages)


BLOCKS = PlaceNames("")
"""The names of places where every block has one."""
