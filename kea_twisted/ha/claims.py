"""The claims of this server to the addresses of one relationship: the commands of the partner are judged by them."""

from __future__ import annotations


class Claims:
    """Implements ``commands.context.Claims``."""

    def __init__(self) -> None:
        self.alone: bool = False
        self.alone_since: int = 0
