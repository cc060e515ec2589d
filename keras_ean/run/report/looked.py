"""Where the compared networks see the class of an image: Grad-CAM maps, made once and kept with the run."""

from collections.abc import Mapping, Sequence

import numpy as np

from keras_ean.looking.gradcam import View, scaled
from keras_ean.run import networks
from keras_ean.run.context import Context
from keras_ean.run.report import alternatives
from keras_ean.run.report.class_figures import Seen, seen_figure
from keras_ean.run.report.page import Picture, Section
from keras_ean.run.stages.network import Network
from keras_ean.run.verdict import EVERYWHERE, NONE

SHOWN = 4
"""Images."""


class Looked:
    """Maps of the networks without attention, with it where it was found, and everywhere; the first seed of each.

    Args:
        context: The context of the run.
        compared: Every network of the comparison.
        names: The names of the classes.
        title: The title of the figure.
    """

    def __init__(self, context: Context, compared: Sequence[Network], names: Sequence[str], title: str):
        self.context, self.names, self.title = context, names, title
        first = {one.compared.name: one for one in compared if one.seed == 0}
        self.shown = [first[name] for name in (NONE, networks.FOUND, EVERYWHERE) if name in first]

    def sections(self) -> list[Section]:
        """The panels; none of networks that name no classes, or whose weights or images are not at hand any more."""
        folder, files = self.context.folder, [one.classes_file for one in self.shown]
        if not all(map(folder.whole, files)):
            return []
        classes = np.stack([np.load(file) for file in files])  # (networks, 2, images): classes, and those named.
        rows = np.linspace(0, classes.shape[-1] - 1, min(SHOWN, classes.shape[-1])).astype(int)
        found = self._maps(rows, classes[..., rows])
        if found is None:
            return []
        titles = [one.compared.title for one in self.shown]
        images = [
            Seen(
                found["pixels"][place],
                self.names[classes[0, 0, row]],
                {
                    title: (found["maps"][number, place], self.names[classes[number, 1, row]])
                    for number, title in enumerate(titles)
                },
            )
            for place, row in enumerate(rows)
        ]
        named = [(one.label, {title: said for title, (_, said) in one.networks.items()}) for one in images]
        alternative = f"Maps of where networks see the class of {len(rows)} test images. {alternatives.said(named)}"
        high, wide = found["positions"]
        caption = (
            f"Each row is a test image, {len(rows)} of them evenly spaced in their order, and each column a network, "
            "first seed. Yellow is where the network finds evidence for the image's own class, whatever it says, and "
            f"dark where it finds none: Grad-CAM, from the last maps of the network, which have {high} × {wide} "
            "positions and are drawn over the whole image; each is scaled by its own largest value. ✗ marks a mistake. "
            "Maps are to look at: that one seems to fit its image better does not show that the network is better."
        )
        figure = seen_figure(images, self.title)
        return [Section("Where the networks look", [Picture("looks", alternative, figure, caption)])]

    def _maps(self, rows: np.ndarray, classes: np.ndarray) -> Mapping[str, np.ndarray] | None:
        """The maps as they were kept, or made now if the weights and images are there.

        Args:
            rows: The numbers of the test images.
            classes: (networks, 2, rows) by which maps of other trainings are known.
        """
        folder, kept = self.context.folder, self.context.folder.report / "looks.npz"
        if folder.whole(kept):
            with np.load(kept) as arrays:
                if np.array_equal(arrays["classes"], classes):
                    return dict(arrays)
        if not all(one.readable and one.model_file.is_file() for one in self.shown):
            return None
        try:
            pixels = self.context.images.test_images(rows)
            if pixels is None:
                return None
            views = [View(one.read()) for one in self.shown]
        except (OSError, ValueError):  # Images that are gone; a model that gives no map, or something else but classes.
            return None
        coarse = [view.maps(pixels, classes[0, 0], SHOWN) for view in views]
        maps = np.stack([scaled(one, pixels.shape[1:3]) for one in coarse]).astype("float16")
        found = {"classes": classes, "pixels": pixels, "maps": maps, "positions": coarse[0].shape[1:3]}
        if folder.writes:
            with folder.keeping(kept) as partial:
                np.savez_compressed(partial, **found)
        return found
