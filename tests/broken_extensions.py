"""The examples of CONTRIBUTING.md with one rule broken each: what to replace by what, and what the contract says."""

GATE = "    def gate(self, x, state):"
SPREAD = 'ops.sqrt(ops.var(ops.cast(x, "float32"), axis=(1, 2)) + 1e-5)'
HOOK = "layers.Add()([x, attend(y, block)])"
LOADED = 'return data.from_arrays((x, y), options=data.Options(seed=seed, normalize=normalize), name="stripes")'
STATE = """    def initial_state(self, x):
        return (ops.mean(x, (1, 2)),)

    def attend(self, x, state):
        return super().attend(x, state)[0], tuple(one + 1 for one in state)

"""
SHAPES = "    def state_shapes(self, x_shape):\n        return ((x_shape[0], x_shape[-1]),)\n\n"


def masked(gate):
    """A module's file with a `masked_gate` of its own."""
    return (
        f"    def masked_gate(self, x, state, mask):\n        g, state = self.gate(x, state)\n        {gate}\n\n{GATE}"
    )


def changed(**fields):
    """A data source's file with other fields of the data set."""
    values = ", ".join(f"{name}={value}" for name, value in fields.items())
    found = LOADED.replace("return", "found =")
    return f"from dataclasses import replace\n    {found}\n    return replace(found, {values})"


BROKEN = {
    "attention module": [
        (
            GATE,
            f"    def __init__(self, power=2, **named):\n        super().__init__(**named)\n\n{GATE}",
            "lacks power",
        ),
        (GATE, f"    def attend(self, x, state):\n        return x[:, :1], state\n\n{GATE}", "keeps the shape of x"),
        (GATE, f"{STATE}{GATE}", r"state_shapes tells \[\], and the state has \[\(2, 7\)\]"),
        (
            GATE,
            f"{STATE}{SHAPES}    def call(self, x, state=None, connected=None, place=None):\n"
            "        y = super().call(x, state, connected, place)[0]\n"
            f"        return y, super().call(x, state, None, place)[1]\n\n{GATE}",
            "the state is handed on as it came",
        ),
        (GATE, masked("return g, state"), "Where connected is 0, the output is x itself"),
        (GATE, masked("return 1 + mask * (g - 1) / 2, state"), "the output is what it is without a mask"),
        (GATE, masked("return 1 + mask * (mask.shape[0] > 1) * (g - 1), state"), "may be one value for all images"),
        (
            GATE,
            f"{GATE}\n        self.met = getattr(self, 'met', 0) + (self.place == 1)\n        x = x + self.met",
            "a call makes no weights, and leaves nothing behind",
        ),
        (
            "super().build(x_shape)",
            "super().build(x_shape)\n        self.unused = self.add_weight(name='unused', shape=(1,))",
            r"reaches every trainable weight.*\n.*module/unused",
        ),
        (
            "super().build(x_shape)",
            "super().build((None, 8, 8, x_shape[-1] // (x_shape[1] > 1)))",
            r"built for maps of any shape, such as \(2, 1, 1, 2\)",
        ),
        (
            GATE,
            f"    def at(self, places, name):\n        return super().at((0, 1), name)\n\n{GATE}",
            "and in no others",
        ),
        (" + 1e-5", "", "Constant maps, of variance 0"),
        (SPREAD, f"{SPREAD} * (1 if 'float32' in str(x.dtype) else -1)", "In mixed_float16, a module gives float16"),
        (SPREAD, "ops.sum(x, axis=(1, 2)) / (x.shape[1] * x.shape[2])", "Sums over a large map do not overflow"),
        (SPREAD, f"{SPREAD} + len(self.places)", "gives under every scheme what the network of the scheme gives"),
    ],
    "backbone family": [
        ("(self.height,)", "(0,)", "stages are the numbers of residual blocks"),
        (
            "height: int = 2",
            "height: int = 2\n    get_config = lambda self: {}",
            "equal to what is made of its configuration",
        ),
        ('"tower3")', '"thrower3")', r"lists names that parse takes.*\n.*parse\('thrower3'\) is None"),
        (
            'if name[:5] == "tower" and name[5:].isdigit() else None',
            "if name[5:].isdigit() else {}",
            "of other families",
        ),
        ("layers.ReLU()(x)", "layers.ReLU()(stem)", "features builds maps"),
        ("(self.height,)", "(self.height + 1,)", "The hook is called once a block"),
        (HOOK, f"layers.AveragePooling2D(2)({HOOK})", "Blocks of a stage have maps of one shape"),
        (
            HOOK,
            HOOK.replace("attend", "layers.Rescaling(0.0)(attend").replace("block)", "block))"),
            "Attention has an effect",
        ),
        (
            HOOK,
            HOOK.replace("attend", "layers.Rescaling(1e38)(attend").replace("block)", "block))"),
            "gives finite logits",
        ),
        ("layers.ReLU()(x)", "layers.Lambda(lambda x: x)(x)", "A saved supernet or network loads"),
        (HOOK, "attend(layers.Add()([x, y]), block)", "The hook is on the residual branch"),
        (
            "    @classmethod\n    def parse",
            "    outputs = lambda self, x, attend, *_: self.features(x, attend)\n\n    @classmethod\n    def parse",
            "output is float32 logits",
        ),
        (', name=f"stage_0_block_{block}_conv"', "", "Every layer with weights has a name of its own"),
        (
            "return x\n",
            "return __import__('keras_ean').attention.get('se').at((0,), 'own')(x)[0]\n",
            "knows nothing of attention",
        ),
    ],
    "search algorithm": [
        (".bits) for _", ".bits).bits for _", "propose gives a list of schemes of the stages"),
        ("        super().observe(batch)\n", "", "What is observed is in the history"),
        ("(*common, **named)\n", "(*common, **{**named, 'samples': 3})\n", "samples is a positive whole number"),
        (
            "self.random.integers(",
            "__import__('numpy').random.randint(",
            "The seed and the rewards decide on everything",
        ),
        ('"idle")', '"idle", "draw")', "The state is plain JSON"),
        (', "idle")', ",)", "Every attribute that changes is in `stateful`"),
        (
            "self.admitted(start.flipped(self.random.integers(self.blocks)).bits)",
            "start.flipped(self.random.integers(self.blocks))",
            "No scheme beyond the limits",
        ),
        ('f"nothing better in {self.idle} batches"', '""', "converged is None, or says why"),
        (
            "    def propose",
            "    def probabilities(self):\n        return [2]\n\n    def propose",
            "one of 0 … 1 for each block",
        ),
        (
            "        start =",
            "        if self.idle >= self.patience:\n            return None\n        start =",
            "A searcher ends",
        ),
    ],
    "evaluator": [
        ("(Evaluator)", "", "derives from ean.search.Evaluator"),
        ("noisy = True", "noisy = 1", "noisy is a truth value"),
        ("in schemes]", "in schemes[:1]]", "for every scheme, in the order of the schemes"),
        ("[repeat]}", "[repeat] + len(schemes)}", "does not depend on the schemes that it is made with"),
        ("list(scores)", "[score + __import__('random').random() for score in scores]", "Two evaluators made alike"),
        (
            'raise ValueError(f"There are accuracies on all images, and none on a share of {share}.")',
            "self.table = {scheme: scores[::-1] for scheme, scores in self.table.items()}",
            "A share of the validation set is scored the same",
        ),
        ("[repeat]}", "[0]}", "another score for every repeat"),
        ("list(scores)", "scores", "settings are JSON values"),
        (
            '{"table": {str(scheme): scores for scheme, scores in self.table.items()}}',
            '{"table": id(self)}',
            "settings stay as they are",
        ),
        (
            "Scheme(scheme, self.stages)",
            "Scheme(scheme, (3,) if len(scheme) == 3 else None)",
            "A scheme of other stages is refused",
        ),
    ],
    "export format": [
        ('@register("linear")', '@register("linear")\n@register("line")', "A format is registered under a name"),
        (
            "    def write",
            "    def get_config(self):\n        return {'size': 2}\n\n    def write",
            "A format is serialisable",
        ),
        ("backend = None", "backend = None\n    tolerance = 0.0", "The tolerance is a positive number"),
        ("        import numpy as np\n\n", "", "read stands by itself.*\n.*np"),
        ("len(model.weights) != 2", "(1 / (signature.batch_size is None)) != 1", "A fixed batch is taken, or refused"),
        ("images.mean", "images.max", "predicts the same.*\nParityError"),
        ('".npz"', '".npy"', "What write writes, one file or folder"),
    ],
    "data source": [
        ('"stripes")\ndef', '"stripes", lambda source: source == "stripes")\ndef', "called by its name is listed"),
        ('"stripes")\ndef', '"stripes", check=lambda **_: open(__file__))\ndef', "reads nothing.*\nIt opens"),
        (LOADED, "return x, y", r"gives an ean.data.ImageData.*\nIt gives a tuple"),
        (LOADED, changed(shape=(8, 8, 3)), "of the shape that the network takes"),
        (LOADED, changed(class_names=("a", "b", "c")), "all classes are among the training images"),
        (LOADED, changed(test="found.train"), "No image is in two splits"),
        (LOADED, changed(test="replace(found.test, mean=(9.0,))"), "normalised by the channel statistics"),
        ("default_rng(seed)", "default_rng()", "Loading again gives the same images"),
    ],
}
