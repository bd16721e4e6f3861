"""What several tests write programs with."""

from inlay.spaces import symbolic


@symbolic
class Conv:
    """A symbolic class with a default."""

    def __init__(self, filters: int, kernel: int = 3) -> None:
        self.filters, self.kernel = filters, kernel
