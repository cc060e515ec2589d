"""The changes of a source that tests should notice, one place at a time.

Each replaces an operator, comparison, boolean or constant, drops a keyword argument, swaps two neighbouring positional
ones, or returns None. Docstrings, annotations, names with two underscores such as `__all__`, assertions and the texts
of errors and logs stay as they are. Only the changed characters differ, so that a diff shows nothing else.
"""

import ast
import difflib
import hashlib
import io
import re
import tokenize
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

OPPOSITE = {
    **{"+": "-", "-": "+", "*": "/", "/": "*", "//": "/", "%": "//", "**": "*", "@": "*", "<<": ">>", ">>": "<<"},
    **{"&": "|", "|": "&", "^": "&", "and": "or", "or": "and", "is": "is not", "is not": "is", "in": "not in"},
    **{"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "not in": "in"},
}
LOGS = {"warn", "warning", "info", "debug", "error", "exception"}
ASSERTIONS = {"strict", "stacklevel"}
"""Keyword arguments that change nothing as long as the code is right."""


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes:
        file: its path below the root.
        source: what is in the file.
        start, end: of what is replaced, in characters.
        text: what replaces it.
        kind: operator, comparison, boolean, constant, keyword, swap or return.
    """

    file: str
    source: str
    start: int
    end: int
    text: str
    kind: str

    @property
    def mutated(self) -> str:
        return self.source[: self.start] + self.text + self.source[self.end :]

    @property
    def line(self) -> int:
        return self.source.count("\n", 0, self.start) + 1

    @property
    def lines(self) -> set[int]:
        """The lines one of which is executed by whoever may notice: of the statement, without the statements in it.

        Of a definition, for its arguments' defaults and decorators, all lines. None of a statement that runs when the
        file is imported, whoever does that first.
        """
        tree = ast.parse(self.source)
        around = [node for node in statements(tree) if self.line in spread(node)]
        functions = [node for node in around if isinstance(node, ast.FunctionDef)]
        if not functions:
            return set()
        inner = around[-1]
        if inner is functions[-1]:
            return set(spread(inner))
        return set(spread(inner)).difference(*map(spread, statements(inner)))

    @property
    def bodies(self) -> set[int]:
        """All lines in functions of the file."""
        defined = (node for node in statements(ast.parse(self.source)) if isinstance(node, ast.FunctionDef))
        return {line for node in defined for part in node.body for line in spread(part)}

    @property
    def surroundings(self) -> str:
        """The line in which it begins."""
        return self.source.split("\n")[self.line - 1].strip()

    @property
    def valid(self) -> bool:
        """Whether it compiles and differs from the original in more than its spelling."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            try:
                compile(self.mutated, self.file, "exec")
            except SyntaxError:
                return False
        return ast.dump(ast.parse(self.mutated)) != ast.dump(ast.parse(self.source))

    @property
    def identity(self) -> str:
        """Holds as long as the file is unchanged, wherever it is moved to."""
        return f"{digest(self.source)} {self.start} {self.kind}"

    def diff(self, context: int = 0) -> list[str]:
        lines = self.source.splitlines(), self.mutated.splitlines()
        return list(difflib.unified_diff(*lines, self.file, self.file, lineterm="", n=context))

    @property
    def change(self) -> tuple[str, ...]:
        """The file's name and the lines that are removed and added: holds while the rest of the file changes."""
        return Path(self.file).name, *changed(self.diff())


def statements(tree: ast.AST) -> list[ast.stmt]:
    """All statements below a node, the outer ones first."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and node is not tree]


def spread(node: ast.stmt) -> range:
    """The lines of a statement, with those of its decorators."""
    first = min(part.lineno for part in (node, *getattr(node, "decorator_list", ())))
    return range(first, node.end_lineno + 1)


def changed(diff: Iterable[str]) -> list[str]:
    """Lines of a diff that are removed or added, however they are indented."""
    return [line[0] + line[1:].strip() for line in diff if re.match(r"[-+](?![-+]{2} )", line)]


def digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


class Finder(ast.NodeVisitor):
    """Finds the changes, (start, end, text, kind), of a source."""

    def __init__(self, source: str):
        self.source = source
        self.lines = source.split("\n")
        self.offsets = [0]
        for line in self.lines:
            self.offsets.append(self.offsets[-1] + len(line) + 1)
        self.tokens = [
            (self.offsets[token.start[0] - 1] + token.start[1], self.offsets[token.end[0] - 1] + token.end[1])
            for token in tokenize.generate_tokens(io.StringIO(source).readline)
            if token.type in (tokenize.OP, tokenize.NAME) and token.string not in "()"
        ]
        self.found: list[tuple[int, int, str, str]] = []
        self.visit(ast.parse(source))

    def at(self, line: int, column: int) -> int:
        """Place of a column that is counted in bytes, as `ast` counts them."""
        return self.offsets[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def span(self, node) -> tuple[int, int]:
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)

    def replace(self, node, text: str, kind: str) -> None:
        self.found.append((*self.span(node), text, kind))

    def between(self, left, right, kind: str) -> None:
        """Turns the operator between two operands into its opposite."""
        low, high = self.span(left)[1], self.span(right)[0]
        inside = [token for token in self.tokens if low <= token[0] and token[1] <= high]
        start, end = inside[0][0], inside[-1][1]
        operator = " ".join(self.source[start:end].split())
        assigned = "=" if isinstance(right, ast.AugAssign) or operator not in OPPOSITE else ""
        self.found.append((start, end, OPPOSITE[operator.removesuffix(assigned)] + assigned, kind))

    def visit_AnnAssign(self, node):
        if node.value:
            self.visit(node.value)

    def visit_arg(self, node):
        """An annotation is no code."""

    def visit_FunctionDef(self, node):
        for child in (*node.decorator_list, node.args, *node.body):
            self.visit(child)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):  # Else it is a docstring.
            self.visit(node.value)

    def visit_Raise(self, node):
        """Its texts are for people."""

    visit_Assert = visit_Raise

    def visit_Assign(self, node):
        if not re.match(r"__\w+__\b", self.source[self.span(node)[0] :]):
            self.generic_visit(node)

    def visit_If(self, node):
        if ast.unparse(node.test) not in ("TYPE_CHECKING", "__name__ == '__main__'"):
            self.visit_condition(node)

    def visit_condition(self, node):
        conditions = node.ifs if isinstance(node, ast.comprehension) else [node.test]
        for test in conditions:
            if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant | ast.NamedExpr):
                start, end = self.span(test)
                self.found.append((start, end, f"(not {self.source[start:end]})", "boolean"))
        self.generic_visit(node)

    visit_IfExp = visit_While = visit_comprehension = visit_condition

    def visit_BinOp(self, node):
        texts = isinstance(node.left, ast.JoinedStr) or isinstance(getattr(node.left, "value", 0), str)
        if not texts:  # Else nothing but "+" and "%" makes sense.
            self.between(node.left, node.right, "operator")
        self.generic_visit(node)

    def visit_AugAssign(self, node):
        self.between(node.target, node.value, "operator")
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        for left, right in zip(node.values, node.values[1:]):
            self.between(left, right, "boolean")
        self.generic_visit(node)

    def visit_Compare(self, node):
        for left, right in zip((node.left, *node.comparators), node.comparators):
            self.between(left, right, "comparison")
        self.generic_visit(node)

    def visit_UnaryOp(self, node):
        start, end = self.span(node)
        sign = re.match(r"(not\b|[-~+])\s*", self.source[start:end])
        self.found.append((start, start + sign.end(), "", "boolean" if sign[1] == "not" else "operator"))
        self.generic_visit(node)

    def visit_Constant(self, node):
        value = node.value
        if isinstance(value, bool):
            self.replace(node, repr(not value), "constant")
        elif isinstance(value, int):
            self.replace(node, repr(value + 1), "constant")
        elif isinstance(value, float):
            self.replace(node, repr(2 * value or 1.0), "constant")
        elif isinstance(value, str):
            self.replace(node, repr(value + "?"), "constant")

    def visit_JoinedStr(self, node):
        start, end = self.span(node)
        self.replace(node, f'({self.source[start:end]} + "?")', "constant")

    def visit_Return(self, node):
        if node.value and not isinstance(getattr(node.value, "value", 0), bool | None):
            self.replace(node.value, "None", "return")
        self.generic_visit(node)

    def visit_Call(self, node):
        if ast.unparse(node.func).rpartition(".")[2] in LOGS:
            return
        for left, right in zip(node.args, node.args[1:]):
            (first, middle), (then, last) = self.span(left), self.span(right)
            if not isinstance(left, ast.Starred) and not isinstance(right, ast.Starred):
                text = self.source[then:last] + self.source[middle:then] + self.source[first:middle]
                self.found.append((first, last, text, "swap"))
        for keyword in node.keywords:
            if keyword.arg and keyword.arg not in ASSERTIONS:
                self.drop(keyword)
        node.keywords = [keyword for keyword in node.keywords if keyword.arg not in ASSERTIONS]
        self.generic_visit(node)

    def drop(self, keyword) -> None:
        start, end = self.span(keyword)
        comma = re.compile(r"\s*,[ \t]*").match(self.source, end)
        before = [token for token in self.tokens if token[1] <= start][-1]
        if comma:
            end = comma.end()
        elif self.source[slice(*before)] == ",":
            start = before[0]
        self.found.append((start, end, "", "keyword"))


def candidates(file: str, source: str) -> list[Mutant]:
    """All changes of a source, in the order of their places."""
    return [Mutant(file, source, *change) for change in sorted(Finder(source).found)]
