"""The sampled mutation check, on a package of two files that is made up here."""

import re
from textwrap import dedent

import pytest

PACKAGE = {
    "shop/__init__.py": "",
    "shop/till/__init__.py": "",
    "shop/till/price.py": "def price(count, each):\n    return count * each\n",
    "shop/till/limits.py": '''
        def limited(count):
            """The count, or 9.

            >>> limited(3)
            3
            """
            return count if count < 9 else 9
    ''',
    "shop/till/unused.py": "def unused(count):\n    count += 1\n",
    "tests/till/test_price.py": """
        import subprocess
        import sys

        import pytest
        from shop.till.price import price

        @pytest.fixture(scope="module")
        def six():
            return price(2, 3)

        def test_that_it_is_a_number(six):
            int(six)

        def test_price(six):
            assert six == 6

        def test_process():
            code = "from shop.till.limits import limited; limited(1)"
            assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    """,
    "tests/till/test_together.py": """
        from shop.till.limits import limited
        from shop.till.price import price

        def test_price_of_a_limited_number():
            assert price(limited(20), 2) == 18
    """,
}
FILES = ("shop/till/price.py", "shop/till/limits.py", "shop/till/unused.py")


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # It takes longer than these tests.
    for name, text in PACKAGE.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))
    return tmp_path / "root"


@pytest.fixture
def survey(root, tmp_path):
    """A function that runs all mutants and gives statuses by change and the lines that were said."""

    def run(**options):
        import mutants

        said = []
        survey = mutants.Survey(root, tmp_path / "kept", warm=(), jobs=2, **{"say": said.append, **options})
        drawn = mutants.draw(root, FILES, 100, seed=0)
        survey.run(drawn)
        return {mutant.change[-1]: survey.results[mutant.identity]["status"] for mutant in drawn}, said

    return run


STATUSES = {
    "+return count / each": "caught",
    "+return None": "caught",  # In both files.
    "+return count if count <= 9 else 9": "survived",
    "+return count if count < 10 else 9": "survived",
    "+return count if count < 9 else 10": "caught",
    "+count -= 1": "survived",
    "+count += 2": "survived",
}


def test_an_interrupted_run_goes_on_and_tells_what_is_caught_and_what_survives(survey, root):
    def interrupt(line):
        if line.startswith("2/"):
            raise KeyboardInterrupt

    before = {path: path.read_text() for path in root.rglob("*.py")}
    with pytest.raises(KeyboardInterrupt):
        survey(say=interrupt)
    statuses, said = survey()
    assert statuses == STATUSES
    assert [line.partition(" ")[0] for line in said] == [f"{number}/6" for number in range(1, 7)]
    assert survey() == (STATUSES, [])
    assert {path: path.read_text() for path in root.rglob("*.py")} == before


def test_only_what_may_have_changed_runs_again(survey, root):
    survey()
    added = root / "tests/till/test_limits.py"
    added.write_text("from shop.till.limits import limited\n\ndef test_limit():\n    assert limited(9.5) == 9\n")
    path = root / "shop/till/price.py"
    path.write_text("# A comment.\n" + path.read_text())
    statuses, said = survey()
    assert statuses == {**STATUSES, "+return count if count < 10 else 9": "caught"}
    again = [line.split() for line in said if "/6 " in line]
    assert sorted(words[1] for words in again) == ["caught"] * 3 + ["survived"] * 3
    assert [words[4] for words in again].count("shop/till/price.py:3") == 2


def test_the_tests_that_execute_a_line_run_the_fastest_first(root, tmp_path):
    import chosen_tests
    import forked_tests
    import mutants

    tests = chosen_tests.ChosenTests(root, tmp_path / "kept")
    with forked_tests.jobs(2, root, ()) as connections:
        tests.record(connections, FILES)
    together, number, price, process = (
        "tests/till/test_together.py::test_price_of_a_limited_number",
        *(f"tests/till/test_price.py::test_{name}" for name in ("that_it_is_a_number", "price", "process")),
    )
    doctest = "shop/till/limits.py::shop.till.limits.limited"
    seconds = {together: 2.0, number: 3.0, price: 0.5, process: 1.0, doctest: 1.5}
    for group in tests.recorded["till"]:
        group["tests"] = {test: seconds.pop(test) for test in group["tests"]}
    assert not seconds
    chosen = {mutant.file: tests.task(mutant) for mutant in mutants.draw(root, FILES, 100, seed=0)}
    task = chosen["shop/till/price.py"]
    assert task.tests == ["tests/till/test_together.py", "tests/till/test_price.py"]
    assert task.first == [price, together, number]  # The first and the last by the fixture that they share.
    assert task.left_out == {process, doctest}
    assert task.limit == chosen_tests.SETUP + 5 * 5.5
    task = chosen["shop/till/limits.py"]
    assert task.tests == ["tests/till/test_price.py", "shop/till/limits.py", "tests/till/test_together.py"]
    assert task.left_out == {price, number}
    assert not chosen["shop/till/unused.py"].tests


def test_a_mutant_that_hangs_is_stopped(survey, root, monkeypatch):
    import chosen_tests

    monkeypatch.setattr(chosen_tests, "SETUP", 2)
    (root / "shop/till/price.py").write_text(
        "def price(count, each):\n    while count < 2:\n        count += 0\n    return count * each\n"
    )
    statuses, said = survey()
    assert {change for change, status in statuses.items() if status == "timed out"} == {
        "+while count <= 2:",
        "+while count < 3:",
    }
    assert len([line for line in said if "timed out" in line and re.search("over [234] s", line)]) == 2


def test_tests_that_fail_without_a_mutant_are_refused(survey, root):
    (root / "tests/till/test_broken.py").write_text("def test_it():\n    assert 1 == 2\n")
    with pytest.raises(ValueError, match=r"tests/till/test_broken.py::test_it does not:\n(.*\n)*.*assert 1 == 2"):
        survey()


def test_a_package_that_is_not_the_copy_is_refused(survey, root, capfd):
    (root / "tests/conftest.py").write_text("import shop\n")
    with pytest.raises(RuntimeError, match="A job has ended by itself"):
        survey()
    assert "would not run on the copy of shop" in capfd.readouterr().err


def test_a_sample_is_the_same_for_the_same_seed(root):
    import mutants

    def sample(count, seed, files=FILES):
        return [mutant.identity for mutant in mutants.draw(root, files, count, seed)]

    assert sample(4, seed=0) == sample(4, seed=0)
    assert len({tuple(sample(4, seed)) for seed in range(5)}) > 1
    assert set(sample(4, seed=0)) < set(sample(100, seed=0))
    assert len(sample(100, seed=0)) == 8
    with pytest.raises(ValueError, match="No file fits 'shop/gone/\\*.py'"):
        sample(4, 0, files=("shop/gone/*.py",))


def test_files_are_drawn_from_in_proportion_to_their_places():
    import mutants

    assert mutants.shared(10, {"a": 50, "b": 30, "c": 20}) == {"a": 5, "b": 3, "c": 2}
    assert mutants.shared(4, {"a": 50, "b": 30, "c": 20}) == {"a": 2, "b": 1, "c": 1}
    assert mutants.shared(100, {"a": 5, "b": 0}) == {"a": 5, "b": 0}


def test_areas_and_their_tests():
    import chosen_tests
    import mutants

    drawn = mutants.draw(mutants.ROOT, mutants.FILES, 40, seed=0)
    assert {mutants.area(mutant.file) for mutant in drawn} == {"scheme", *mutants.AREAS}
    network = "keras_ean/supernet/network.py"
    assert chosen_tests.area_tests(mutants.ROOT, "keras_ean/scheme.py") == ["tests/test_scheme.py"]
    assert chosen_tests.area_files(mutants.ROOT, "keras_ean/scheme.py") == ["keras_ean/scheme.py"]
    assert {"tests/supernet/test_placement.py"} < set(chosen_tests.area_tests(mutants.ROOT, network))
    assert {network} < set(chosen_tests.area_files(mutants.ROOT, network))


def test_the_report_tells_caught_surviving_and_excused_apart(root, tmp_path):
    import mutants

    drawn = mutants.draw(root, FILES, 100, seed=0)
    survey = mutants.Survey(root, tmp_path / "kept")
    for mutant in drawn:
        survey.results[mutant.identity] = {"status": STATUSES[mutant.change[-1]]}
    text = mutants.report(drawn, survey, set())
    assert "| till | 8 | 4 | 0 | 0 | 4 | 50% |\n| all | 8 |" in text
    printed = text[text.index("```diff") : text.rindex("```") + 3]
    first, second, *_ = re.split(r"\n\nshop/till/.*\n\n", printed)
    excused = mutants.excuses(
        f"# Title\n\nEquivalent: of 9 and 9,\nany may be taken.\n\n{first}\n\nNo reason.\n\n{second}\n"
    )
    text = mutants.report(drawn, survey, excused)
    assert "| till | 8 | 4 | 0 | 1 | 3 | 57% |" in text
    assert "count <= 9" not in text
    assert "+    return count if count < 10 else 9" in text
    assert "Excused, but no survivor: a.py -b +c" in mutants.report(drawn, survey, {("a.py", "-b", "+c")})
