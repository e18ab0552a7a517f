"""The root of an HTTP port: commands, whose path does not matter, are answered here, other paths by the pages."""

# twisted.web is largely without annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET

from kea_twisted.adapters.control.httprequest import COMMAND_PATH, CommandRequest

Answer = bytes | Deferred[bytes]


class CommandResource(Resource):
    """Answers requests of COMMAND_PATH by ``answer``, all others by ``pages``."""

    isLeaf = True
    _log = Logger()

    def __init__(self, answer: Callable[[CommandRequest], Answer], pages: IResource) -> None:
        super().__init__()
        self._answer = answer
        self._pages = pages

    def render(self, request: CommandRequest) -> int:
        """Answer a request, now or later. Where the sender goes meanwhile, the wait for the answer is canceled."""
        if request.path != COMMAND_PATH:
            rendered: int = self._pages.render(request)
            return rendered
        try:
            answer = self._answer(request)
        except Exception:
            request.processingFailed(Failure())
            return NOT_DONE_YET
        if isinstance(answer, Deferred):
            self._wait(request, answer)
        else:
            request.write(answer)
            if request.channel is not None:  # the command may have closed it
                request.finish()
        return NOT_DONE_YET

    def _wait(self, request: CommandRequest, answer: Deferred[bytes]) -> None:
        is_gone = False

        def gone(reason: Failure) -> None:
            nonlocal is_gone
            is_gone = True
            answer.cancel()

        def answered(body: bytes) -> None:
            if not is_gone:
                request.write(body)
                request.finish()

        def failed(failure: Failure) -> None:
            if not is_gone:
                request.processingFailed(failure)
            elif not failure.check(CancelledError):
                self._log.failure("a command failed whose sender is gone", failure)

        request.notifyFinish().addErrback(gone)
        answer.addCallback(answered).addErrback(failed)
