"""Whether the searches that a run's schemes came of are there, and whole; without Keras."""

from collections.abc import Iterator
from pathlib import Path

from keras_ean import files
from keras_ean.search.host.glance import glance, settings_of
from keras_ean.search.host.seals import check
from keras_ean.search.host.store import FILE

FOREIGN = "is of another search than its scheme came of"


def stores(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """The store of every search of a run that is there, or has named a scheme, and what is wrong with it, as the end of
    a sentence; None if nothing is."""
    named = {folder / "search": folder / "scheme.json"}
    named |= {place: place / "scheme.json" for place in folder.glob("search-*") if place.is_dir()}
    for place, scheme in sorted(named.items()):
        if (place / FILE).is_file() or scheme.is_file():
            yield place / FILE, fault(place / FILE, scheme)


def fault(store: Path, scheme: Path) -> str | None:
    """What is wrong with a store, given the scheme that came of it; None if nothing is."""
    if (found := check(store)) is not None:
        return found
    try:
        facts = files.read_json(scheme)
        scored, settings = facts.get("scored", 0), facts.get("settings")  # Which an earlier version did not keep.
    except (OSError, ValueError, AttributeError):
        return None  # The search goes on, or the manifest tells what is wrong with its scheme.
    if settings is not None and settings_of(store) not in (None, settings):
        return FOREIGN
    if glance(store).schemes >= scored:
        return None
    return f"has fewer than the {scored} scores that its scheme came of" if store.is_file() else "is missing"
