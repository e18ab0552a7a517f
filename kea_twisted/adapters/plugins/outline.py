"""The hook library classes of a Python source as far as they can be seen without running it.

A check of a configuration (``-t``, ``config-test``) must not run code: it may come from a command,
before it was decided to use it. Names that the source imports or computes are unknown here and not reported.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Final, NamedTuple

from kea_twisted.hooks.library import HookLibrary, Parameter
from kea_twisted.hooks.points import BY_NAME

_BASE: Final = "kea_twisted.hooks.library.HookLibrary"


class Method(NamedTuple):
    """The form of a method: how many arguments without self it takes by position, ``most`` None for any number.

    ``keywords`` are those that must be given by name, which a call of the server never does.
    """

    least: int
    most: int | None
    is_coroutine: bool
    keywords: tuple[str, ...] = ()

    def takes(self) -> str:
        """Return the number of arguments in words."""
        if self.most is None:
            return f"at least {self.least}"
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"


class Form(NamedTuple):
    """The way in which the server calls a method."""

    arguments: tuple[str, ...]
    may_wait: bool


FORMS: Final = {point.name: Form(point.arguments, point.may_wait) for point in BY_NAME.values()} | {
    "load": Form(("host",), False),
    "start": Form((), False),
    "health_changed": Form(("fault",), False),
    "unload": Form((), True),
    "commands": Form((), False),
}
"""The methods of a library, except class methods."""


class Outline(NamedTuple):
    """A class. ``parameters`` is None where the source computes them, or checks them by rules of its own alone."""

    name: str
    parameters: tuple[Parameter, ...] | None
    methods: Mapping[str, Method]


class Source:
    """A source that compiles. Raises SyntaxError or ValueError otherwise."""

    def __init__(self, text: bytes, path: str) -> None:
        compile(text, path, "exec", dont_inherit=True)
        self._tree = ast.parse(text, path)
        self._aliases = dict(_imported(self._tree))
        self._classes = {node.name: node for node in _statements(self._tree.body) if isinstance(node, ast.ClassDef)}

    def outline(self, class_name: str, name: str) -> Outline | None:
        """Return the class that is meant by a library name; None: it cannot be seen here.

        ValueError as the loading would raise it, where that is certain.
        """
        if class_name:
            return self._of(class_name) if self._may_be(class_name, name) else None
        certain = [each for each in self._classes if self._is_library(each) is True]
        if len(certain) > 1:
            raise ambiguous(name, len(certain))
        if not certain and all(self._is_library(each) is False for each in self._classes):
            raise ambiguous(name, 0)
        return self._of(certain[0]) if certain else None

    def _may_be(self, class_name: str, name: str) -> bool:
        if class_name in self._classes:
            if self._is_library(class_name) is False:
                raise missing(name, class_name)
            return self._is_library(class_name) is True
        if class_name not in self._aliases and class_name not in _assigned(self._tree) and "*" not in self._aliases:
            raise missing(name, class_name)
        return False

    def _is_library(self, name: str, depth: int = 0) -> bool | None:
        """Return True if a class is a hook library; None if that cannot be told from the source."""
        node = self._classes[name]
        found: bool | None = None if node.decorator_list or node.keywords else False
        for base in node.bases:
            full = self._full(base)
            if full == _BASE:
                return True
            if full in self._classes and full != name and depth < len(self._classes):
                inner = self._is_library(full, depth + 1)
                if inner is True:
                    return True
                found = None if inner is None else found
            elif full is None or not hasattr(builtins, full):
                found = None
        return found

    def _full(self, node: ast.expr) -> str | None:
        """The full name of a name or an attribute, where it can be told."""
        if isinstance(node, ast.Name):
            return self._aliases.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            before = self._full(node.value)
            return None if before is None else f"{before}.{node.attr}"
        return None

    def _of(self, name: str) -> Outline:
        node = self._classes[name]
        methods = {
            each.name: _method_in(each)
            for each in node.body
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and not each.decorator_list
        }
        own = _value(node, "parameters")
        literal = () if own is None else self._parameters(own)
        if self._inherits(node) or "check" in _defined(node) or name in _changed_later(self._tree):
            literal = None
        return Outline(name, literal, methods)

    def _inherits(self, node: ast.ClassDef) -> bool:
        """True if it has another base than ``object``."""
        return len(node.bases) != 1 or self._full(node.bases[0]) != _BASE

    def _parameters(self, node: ast.expr) -> tuple[Parameter, ...] | None:
        if not isinstance(node, (ast.Tuple, ast.List)):
            return None
        rows = [self._parameter(item) for item in node.elts]
        return None if None in rows else tuple(row for row in rows if row is not None)

    def _parameter(self, node: ast.expr) -> Parameter | None:
        """``Parameter("name", int, …)`` as a value."""
        if not isinstance(node, ast.Call) or self._full(node.func) != "kea_twisted.hooks.library.Parameter":
            return None
        given: dict[str, ast.expr] = dict(zip(Parameter._fields, node.args, strict=False))
        given |= {each.arg: each.value for each in node.keywords if each.arg is not None}
        name, kind = given.get("name"), given.get("type")
        if not isinstance(name, ast.Constant) or not isinstance(kind, ast.Name):
            return None
        found = getattr(builtins, kind.id, None)
        if not isinstance(name.value, str) or not isinstance(found, type):
            return None
        return Parameter(name.value, found, None) if "default" in given else Parameter(name.value, found)


def outline_of(kind: type[HookLibrary]) -> Outline:
    """Return the outline of a class that is loaded, inherited methods included."""
    names = {name for each in kind.__mro__ if each not in HookLibrary.__mro__ for name in vars(each)}
    methods: dict[str, Method] = {}
    for name in sorted(names):
        value = inspect.getattr_static(kind, name)
        if isinstance(value, staticmethod):
            methods[name] = _method(value.__func__, 0)
        elif inspect.isfunction(value):
            methods[name] = _method(value, 1)
    return Outline(kind.__name__, None, methods)


def _method(function: Callable[..., object], bound: int) -> Method:
    """Return the form of a function whose first ``bound`` arguments the server does not give."""
    rows = tuple(inspect.signature(function).parameters.values())
    plain = [row for row in rows if row.kind in (row.POSITIONAL_ONLY, row.POSITIONAL_OR_KEYWORD)]
    by_name = [row.name for row in rows if row.kind is row.KEYWORD_ONLY and row.default is row.empty]
    least = sum(row.default is row.empty for row in plain) - bound
    most = None if any(row.kind is row.VAR_POSITIONAL for row in rows) else len(plain) - bound
    is_coroutine = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    return Method(max(least, 0), most, is_coroutine, tuple(by_name))


def faults(outline: Outline) -> Iterator[str]:
    """Yield the faults of a class: misspelt hook points, wrong numbers of arguments, coroutines where none may be."""
    for name, method in outline.methods.items():
        form = FORMS.get(name)
        if form is not None:
            yield from _faults_of(name, method, form, outline.name)
        elif not name.startswith("_") and not hasattr(HookLibrary, name):
            close = get_close_matches(name, BY_NAME, 1, 0.85)
            if close:
                yield f"method {name} of {outline.name} is at no hook point, did you mean {close[0]}?"


def _faults_of(name: str, method: Method, form: Form, of: str) -> Iterator[str]:
    call, given = f"{name}({', '.join(form.arguments)})", len(form.arguments)
    if method.keywords:
        yield f"method {name} of {of} must be given {', '.join(method.keywords)} by name, it is called as {call}"
    elif given < method.least or (method.most is not None and given > method.most):
        yield f"method {name} of {of} takes {method.takes()} arguments, it is called as {call}"
    if method.is_coroutine and not form.may_wait:
        waiting = ", ".join(each for each, row in FORMS.items() if row.may_wait)
        yield f"method {name} of {of} is a coroutine, which only {waiting} may be: declare it without 'async'"


def missing(name: str, class_name: str) -> ValueError:
    """The error for a class that a library name names and that does not exist."""
    return ValueError(f"hooks library '{name}': no hook library class '{class_name}' in it")


def ambiguous(name: str, count: int) -> ValueError:
    """The error for a source without a hook library class, or with several."""
    have = f"there are {count}, name one as '{name}:Class'" if count else "there is none"
    return ValueError(f"hooks library '{name}' must have one hook library class: {have}")


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those in conditions and the like included."""
    for node in body:
        yield node
        for inner in ("body", "orelse", "finalbody"):
            if isinstance(node, (ast.If, ast.Try, ast.With)):
                yield from _statements(getattr(node, inner, []))


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (
                    alias.asname or alias.name.partition(".")[0],
                    alias.name if alias.asname else (alias.name.partition(".")[0]),
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{'.' * node.level}{node.module or ''}.{alias.name}"


def _assigned(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _changed_later(tree: ast.Module) -> set[str]:
    """The names whose attributes are assigned to somewhere in the source."""
    return {
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name)
    }


def _defined(node: ast.ClassDef) -> set[str]:
    return {each.name for each in node.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}


def _value(node: ast.ClassDef, name: str) -> ast.expr | None:
    """Return the expression that a class body gives to a name, None if there is none."""
    found: ast.expr | None = None
    for each in node.body:
        targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            found = getattr(each, "value", None)
    return found


def _method_in(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Method:
    found = node.args
    count = len(found.posonlyargs) + len(found.args) - 1
    by_name = [row.arg for row, default in zip(found.kwonlyargs, found.kw_defaults, strict=True) if default is None]
    least, most = max(count - len(found.defaults), 0), None if found.vararg else max(count, 0)
    return Method(least, most, isinstance(node, ast.AsyncFunctionDef), tuple(by_name))
