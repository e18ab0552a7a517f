"""Class expressions. Text is compiled once to functions that look at a packet.

``compile.compile_test`` is for ``test``, ``compile.compile_template`` for ``template-test`` and every other
place where Kea takes an expression whose result is text. What an expression means is documented in Kea's
manual, "Client Classification"; results were compared with those of a running Kea 3.0
(``tests/live/test_expr_kea.py``).
"""

from __future__ import annotations

from kea_twisted.expr.functions import EvaluationError
from kea_twisted.expr.subject import Subject

__all__ = ["EvaluationError", "Subject"]
