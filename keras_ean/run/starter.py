"""A configuration to begin with, written for people to read and change."""

import os
from pathlib import Path

from keras_ean.escaping import yaml_line
from keras_ean.run.config import Config
from keras_ean.run.config_file import read_config


def starter(data: Path, folder: Path) -> tuple[str, Config]:
    """YAML with comments for a folder of images, and the configuration that it is.

    Args:
        data: The images.
        folder: Where the YAML will be; the path of the data is written relative to it.

    Raises:
        OSError, ValueError: Data that are not there, or no images.
    """
    if not data.is_dir():
        raise FileNotFoundError(f"There is no folder {str(data)!r}; give one of images: root/class/image.")
    reading = read_config(data)
    config, chosen = reading.config, reading.chosen
    where = os.path.relpath(data.resolve(), folder.resolve())
    source = {"name": where if len(Path(where).parts) > 1 else f"./{where}", **config.data.options}
    assert config.backbone is not None  # A folder of images alone has no model.
    assert config.pretrain is not None
    pretrain, backbone = config.pretrain.model_dump(exclude_none=True), config.backbone

    def line(key: str, value, comment: str) -> str:
        return f"# {comment}\n{key}: {yaml_line(value)}"

    parts = [
        "# Does attention pay for these images, where, and at what price? keras-ean run answers.",
        line("data", source, chosen["size"].reason if "size" in chosen else "all images have one size"),
        line("backbone", {"name": backbone.name, **backbone.options}, chosen["backbone"].reason),
        line("attention", {"name": config.attention.name, **config.attention.options}, chosen["attention"].reason),
        line("pretrain", pretrain, f"the supernet's training: {chosen['pretrain'].reason}"),
        line("seeds", config.repeats, "trainings of each network that is compared; more of them narrow the intervals"),
        line("tolerance", config.tolerance, "points of accuracy that are not worth paying for"),
        line("export", list(config.export), "formats of the recommended network"),
    ]
    return "\n".join(parts) + "\n", config.model_copy(update={"seeds": config.repeats})
