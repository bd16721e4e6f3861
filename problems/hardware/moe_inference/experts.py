"""The shape of a decoder with experts."""

from __future__ import annotations

from typing import NamedTuple


class Experts(NamedTuple):
    """A decoder with experts: layers, width, heads, heads with keys, hidden width of an expert, experts, vocabulary."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    hidden: int
    experts: int
    vocabulary: int

    @property
    def expert_numbers(self) -> float:
        """Weights of an expert: three matrices."""
        return 3.0 * self.width * self.hidden

    def rank_factor(self, rank: float) -> float:
        """The weights of two factors of a share of the full rank, as a share of those of the matrix; 1 for none."""
        width, hidden = self.width, self.hidden
        return 1.0 if rank >= 1 else rank * min(width, hidden) * (width + hidden) / (width * hidden)


MIXTRAL = Experts(layers=32, width=4096, heads=32, kv_heads=8, hidden=14336, experts=8, vocabulary=32000)
