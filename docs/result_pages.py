"""Sphinx extension: pages of the repository that stand outside docs, and links that lead out of docs."""

import os
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
FOLDER = DOCS / "results"
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
PAGES = {
    "experiments": "experiments/README.md",
    "ranking": "experiments/results/ranking.md",
    "benchmarks": "benchmarks/README.md",
    "racing": "benchmarks/racing.md",
    "searchers": "benchmarks/searchers.md",
    "searching": "benchmarks/searching.md",
    "scorers": "benchmarks/scorers.md",
    "fold": "benchmarks/fold.md",
    "verdict": "benchmarks/verdict.md",
    "rank_verdicts": "benchmarks/rank_verdicts.md",
    "tables": "benchmarks/tables.md",
    "data": "benchmarks/data.md",
    "deploy": "benchmarks/deploy.md",
    "scaling": "benchmarks/scaling.md",
    "chaos": "benchmarks/chaos.md",
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
}
"""Name on the site, and file in the repository."""
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#)([^)#\s]+)(#[^)]*)?\)")


def linked(text: str, origin: Path, page: Path) -> str:
    """Markdown with links that work on the site.

    Args:
        text: its relative links start from the folder of `origin`.
        origin: the file in the repository that the text stands in.
        page: the file of the page in docs.
    """
    pages = {ROOT / file: FOLDER / f"{name}.md" for name, file in PAGES.items()}

    def link(match: re.Match) -> str:
        image, label, target, anchor = match.groups(default="")
        file = (origin.parent / target).resolve()
        file = pages.get(file, file)
        if file.is_relative_to(DOCS) and file.suffix == ".md":
            return f"[{label}]({os.path.relpath(file, page.parent)}{anchor})"
        if image:
            return f"![{label}]({os.path.relpath(file, page.parent)})"
        kind = "tree" if file.is_dir() else "blob"
        return f"[{label}]({REPOSITORY}/{kind}/main/{file.relative_to(ROOT).as_posix()}{anchor})"

    return LINK.sub(link, text)


def write(*_) -> None:
    """Writes docs/results."""
    FOLDER.mkdir(exist_ok=True)
    for name, file in PAGES.items():
        page = FOLDER / f"{name}.md"
        page.write_text(linked((ROOT / file).read_text(encoding="utf-8"), ROOT / file, page), encoding="utf-8")


def lead_out(app, page: str, source: list[str]) -> None:
    """Links of the pages in docs to other files lead to the repository."""
    file = DOCS / f"{page}.md"
    if file.parent != FOLDER:
        source[0] = linked(source[0], file, file)


def setup(app) -> dict:
    app.connect("builder-inited", write)
    app.connect("source-read", lead_out)
    return {"parallel_read_safe": True}
