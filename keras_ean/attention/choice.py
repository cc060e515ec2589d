"""Several modules at every block, of which a scheme takes none, one or more."""

from collections.abc import Callable, Sequence

import keras

from keras_ean.attention.base import Attention


@keras.saving.register_keras_serializable("keras_ean")
class Choice(Attention):
    """Offers several modules at every block, so that a scheme may say "ECA early, SE late".

    A block has one place for each module, in their order: with "eca+se", the scheme "10 01" has ECA in the only block
    of the first stage and SE in that of the second, and "11" stands for ECA followed by SE. In a supernet all of them
    are trained, as the choices of a block are in single-path one-shot search (arXiv 1904.00420), and each stage shares
    one instance of each module. `keras_ean.attention.get("eca+se")` makes one by names.

    Not shared between blocks: what its modules do not share. Shared: what they share.

    Args:
        modules: The modules, two or more, in the order in which they are applied. Modules of the same classes and
            options are made inside, in the precision of the choice; one that serves no place is left out.
        places: The indices of the places that call this instance: module j of block i is place i · modules + j.

    Raises:
        ValueError: There are fewer than two modules.

    Example:
        >>> import keras_ean
        >>> choice = keras_ean.attention.get("eca+se")
        >>> choice.per_block, keras_ean.build_network("resnet8", choice, "10 00 01", (8, 8, 1), classes=2).name
        (2, 'network')
    """

    def __init__(self, modules: Sequence[Attention], places: tuple[int, ...] = (0,), **kwargs):
        modules = list(modules)
        if len(modules) < 2:
            raise ValueError(f"A choice has two or more modules, not {len(modules)}; take a single module as it is.")
        super().__init__(places, **{"dtype": modules[0].dtype_policy, **kwargs})
        self.offered = [keras.saving.serialize_keras_object(module) for module in modules]
        self.per_block = len(modules)
        # By number as text: TensorFlow tracks no other keys. Not `modules`, which PyTorch has for itself.
        self.members = {}
        for number, module in enumerate(modules):
            if own := tuple(place for place in self.places if place % len(modules) == number):
                options = {"places": own, "name": f"module_{number}", "dtype": self.dtype_policy}
                self.members[str(number)] = type(module).from_config({**module.get_config(), **options})

    def around(self, wrap: Callable[[Attention], Attention]) -> "Choice":
        """Makes a choice of the same modules, each of them wrapped.

        Args:
            wrap: Makes an attention module of one, such as `IdentityStart`.
        """
        modules = [wrap(keras.saving.deserialize_keras_object(module)) for module in self.offered]
        return Choice(modules, self.places, name=self.name, dtype=self.dtype_policy)

    def build(self, x_shape):
        super().build(x_shape)
        for module in self.members.values():
            module.build(x_shape)

    def called(self):
        """Gives the modules that serve a place, each with places of its own."""
        return tuple(self.members.values())

    def initial_state(self, x):
        return tuple(tensor for module in self.members.values() for tensor in module.initial_state(x))

    def state_shapes(self, x_shape):
        return tuple(shape for module in self.members.values() for shape in module.state_shapes(x_shape))

    def attend(self, x, state):
        return self._asked(x, state, lambda module, own: module.attend(x, own))

    def masked(self, x, state, connected):
        return self._asked(x, state, lambda module, own: module.masked(x, own, connected))

    def affine(self, x, state):
        return self._asked(x, state, lambda module, own: module.affine(x, own))

    def _asked(self, x, state, ask):
        """What the module of the calling place gives, with its part of the state in the whole."""
        chosen, start = self.members[str(self.place % self.per_block)], 0
        for module in self.members.values():
            length = len(module.state_shapes(x.shape))
            if module is chosen:
                break
            start += length
        chosen.place = self.place
        *given, own = ask(chosen, state[start : start + length])
        return *given, (*state[:start], *own, *state[start + length :])

    def get_config(self):
        live = {number: keras.saving.serialize_keras_object(module) for number, module in self.members.items()}
        offered = [live.get(str(number), module) for number, module in enumerate(self.offered)]
        return {**super().get_config(), "modules": offered}

    @classmethod
    def from_config(cls, config):
        modules = [keras.saving.deserialize_keras_object(module) for module in config["modules"]]
        return cls(**{**config, "modules": modules})
