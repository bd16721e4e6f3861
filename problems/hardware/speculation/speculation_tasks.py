"""The problems: how to draft for a large target, and which threshold of stopping is best for a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....search import Problem
from ....spaces import Choice, Integer, Mask, Space, program, space
from ...instance_names import instance_name
from ..language_models import LanguageModel
from .draft_time import LLAMA_7B, LLAMA_70B, GroupPrices, group_prices, pass_seconds
from .drafting import Drafting, Floats, Rounds, easy_and_hard, round_tokens, sample_rounds, threshold_lengths
from .fuzzy_layers import exact_text, group_losses, random_transformer
from .partitions import cuts_of, every_partition, groups_of, partition_front

#: On how many devices the draft model may lie.
DEVICES = (1, 2, 4, 8)
#: Layers of the pattern of groups, which is repeated through the draft model.
PATTERN = 8
#: Thresholds on P(any token is rejected).
THRESHOLDS = tuple(round(0.1 * step, 1) for step in range(1, 10))

_SOURCE = (
    "Huang, Guo, Wang, 2024, SpecDec++, arXiv:2405.19715; Wu et al., 2025, EasySpec, arXiv:2502.02493; "
    "Leviathan, Kalman, Matias, 2023, arXiv:2211.17192"
)


@dataclass(frozen=True)
class FixedLength:
    """Draft so many tokens in every round; none is plain decoding."""

    length: int

    def lengths(self, reached: Floats) -> NDArray[np.int64]:
        """The tokens of each round, (N,)."""
        return np.full(len(reached), self.length)


@dataclass(frozen=True)
class Threshold:
    """Draft `least` to `most` tokens, and stop as soon as P(any is rejected) > threshold."""

    threshold: float
    least: int = 2
    most: int = 20

    def lengths(self, reached: Floats) -> NDArray[np.int64]:
        """The tokens of each round, (N,)."""
        return threshold_lengths(reached, self.threshold, self.least, self.most)


def speculation_space(layers: int = PATTERN) -> Space:
    """When to stop drafting, after which layers of the pattern a group ends, and on how many devices that runs.

    >>> speculation_space().size()
    29184
    """
    stop = Choice(
        program(FixedLength, length=Integer(0, 20)),
        program(Threshold, threshold=Choice(*THRESHOLDS), least=Choice(1, 2), most=Choice(10, 20)),
    )
    return space({"stop": stop, "cuts": Mask(layers - 1), "devices": Choice(*DEVICES)})


class Round(NamedTuple):
    """The means of a round: shares of rounds that draft 0, 1, ... tokens, and the tokens it yields."""

    shares: Floats
    tokens: float


@dataclass(frozen=True, eq=False)
class SecondsPerToken:
    """Seconds per token: what a round of drafting, verifying and calibrating takes / the tokens that it yields.

    A round takes K passes of the draft model on its devices, and a pass of K + 1 tokens of the target on all of them.
    Where a group holds several layers, the first pass of the draft model is an exact one of up to K + 1 tokens, which
    calibrates its keys and values; acceptance probabilities of the tokens after it are multiplied by exp(-sum of
    `lost` over the groups), `lost` (pattern, pattern + 1) being the lost log-acceptance of a group of the pattern,
    which the layers of the draft model repeat.

    Differs: EasySpec states neither that the calibrating pass writes the first token nor a law of acceptance.
    """

    rounds: Rounds
    lost: Floats
    draft: LanguageModel = LLAMA_7B
    target: LanguageModel = LLAMA_70B
    device: str = "a100-80g"
    _prices: dict[int, GroupPrices] = field(init=False, default_factory=dict)
    _passes: dict[Any, Floats] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        tokens = np.arange(self.rounds.probabilities.shape[1] + 1) + 1.0
        self._passes["verify"] = pass_seconds(self.target, tokens, DEVICES[-1], self.device)
        for devices in DEVICES:
            self._prices[devices] = group_prices(self.draft, devices, self.device)
            self._passes[devices] = pass_seconds(self.draft, tokens, devices, self.device)

    @property
    def repeats(self) -> int:
        """How often the pattern is repeated through the draft model."""
        return self.draft.layers // len(self.lost)

    def acceptance(self, groups: Sequence[int]) -> float:
        """By what acceptance is multiplied for groups of these sizes."""
        ends = [0, *accumulate(groups)]
        return float(np.exp(-sum(self.lost[first, last] for first, last in pairwise(ends))))

    def __call__(self, value: Mapping[str, Any]) -> float:
        groups = groups_of(value["cuts"])
        return self.of(self.round(value["stop"], groups), groups, value["devices"])

    def round(self, stop: FixedLength | Threshold, groups: Sequence[int]) -> Round:
        """The means of a round where drafting stops like this and layers work in these groups."""
        reached = self.weakened(self.acceptance(groups)).reached
        return _means(stop, reached, _tokens_by_length(reached))

    def of(self, round: Round, groups: Sequence[int], devices: int) -> float:
        """Seconds per token of such a round, drafted in these groups on so many devices."""
        token, lengths = self._prices[devices].pass_of(tuple(groups) * self.repeats), np.arange(len(round.shares))
        spent = token * lengths + self._passes["verify"]
        if max(groups) > 1:
            spent = spent + np.where(lengths > 0, self._passes[devices] - token, 0.0)
        return float(round.shares @ spent) / round.tokens

    def weakened(self, kept: float) -> Rounds:
        """The rounds where all drafted tokens but the first are accepted `kept` times as often."""
        probabilities = self.rounds.probabilities * kept
        probabilities[:, 0] = self.rounds.probabilities[:, 0]
        return self.rounds._replace(probabilities=probabilities)

    def best_groups(self, stop: FixedLength, devices: int) -> tuple[float, tuple[int, ...]]:
        """The least seconds per token of a fixed length and the groups that attain it, by dynamic programming.

        More acceptance and less time never hurt a fixed length, so that the optimum is on the front of partitions, or
        is the exact one, which alone needs no calibration. A threshold has no such law: it drafts more where more is
        accepted, and that may cost more than it yields.
        """
        prices, layers = self._prices[devices], len(self.lost)
        front = partition_front(
            layers, lambda first, last: prices.group(last - first), lambda first, last: float(self.lost[first, last])
        )
        partitions = {(1,) * layers} | {point.groups for point in front}
        return min((self.of(self.round(stop, groups), groups, devices), groups) for groups in sorted(partitions))

    def optimum(self) -> tuple[float, dict[str, Any]]:
        """The least seconds per token and the member of the space that attains it, by trying all."""
        best, member = np.inf, (every_stop()[0], (1,) * len(self.lost), 1)
        for groups in every_partition(len(self.lost)):
            reached = self.weakened(self.acceptance(groups)).reached
            tokens = _tokens_by_length(reached)
            for stop in every_stop():
                round = _means(stop, reached, tokens)
                for devices in DEVICES:
                    if (seconds := self.of(round, groups, devices)) < best:
                        best, member = seconds, (stop, groups, devices)
        return best, member_of(*member)


def _tokens_by_length(reached: Floats) -> Floats:
    """The expected tokens of rounds (N, K + 1) that draft 0, 1, ... K tokens."""
    return 1.0 + np.pad(np.cumsum(reached, axis=1), ((0, 0), (1, 0)))


def _means(stop: FixedLength | Threshold, reached: Floats, tokens: Floats) -> Round:
    """The means of rounds that stop like this, where tokens are those by length."""
    lengths = stop.lengths(reached)
    shares = np.bincount(lengths, minlength=tokens.shape[1]) / len(lengths)
    return Round(shares, float(tokens[np.arange(len(lengths)), lengths].mean()))


def member_of(stop: FixedLength | Threshold, groups: Sequence[int], devices: int = 8) -> dict[str, Any]:
    """The member of the space that stops like this and drafts in these groups on so many devices."""
    return {"stop": _written(stop), "cuts": np.array(cuts_of(groups)), "devices": devices}


def every_stop() -> list[FixedLength | Threshold]:
    """All ways to stop that the space holds."""
    bounded = [Threshold(h, least, most) for h in THRESHOLDS for least in (1, 2) for most in (10, 20)]
    return [*(FixedLength(k) for k in range(21)), *bounded]


def _written(stop: FixedLength | Threshold) -> Any:
    """The program that builds it."""
    return program(type(stop), **vars(stop))


@lru_cache(maxsize=4)
def _measured_losses(seed: int) -> Floats:
    model = random_transformer(PATTERN, branch=0.3, seed=seed)
    return group_losses(model, exact_text(model, seed=seed))


def seconds_per_token(rounds: int = 1000, seed: int = 0) -> SecondsPerToken:
    """The objective for text of easy and hard stretches.

    What groups of layers lose is measured on a small random transformer with the layers of one pattern, whose branches
    are so weak that a group of all costs a few per cent of agreement, as is reported of trained models.
    """
    return SecondsPerToken(sample_rounds(easy_and_hard(), rounds, seed), _measured_losses(seed))


def speculation_problem(rounds: int = 1000, seed: int = 0) -> Problem:
    """The problem `hardware/speculation`: draft with Llama-2-7B for Llama-2-70B in the fewest seconds per token.

    Both run on eight A100. The published points are plain decoding, drafts of 4 and of 8 tokens, the threshold of
    SpecDec++, and groups of EasySpec; `best_known` is exact, by enumeration.
    """
    objective = seconds_per_token(rounds, seed)

    exact = (1,) * PATTERN
    return Problem(
        instance_name("hardware/speculation", rounds=(rounds, 1000), seed=(seed, 0)),
        speculation_space(),
        objective,
        objectives={"seconds_per_token": "minimize"},
        published={
            "plain decoding": member_of(FixedLength(0), exact),
            "drafts of 4": member_of(FixedLength(4), exact),
            "drafts of 8": member_of(FixedLength(8), exact),
            "SpecDec++": member_of(Threshold(0.3), exact),
            "EasySpec, groups of 2": member_of(FixedLength(8), (2, 2, 2, 2)),
            "EasySpec, groups of 4": member_of(FixedLength(8), (4, 4)),
            "SpecDec++ and EasySpec": member_of(Threshold(0.3), (4, 4)),
        },
        best_known=objective.optimum()[0],
        source=_SOURCE,
    )


@dataclass
class RequestCost:
    """What a request costs per token, relative to the target alone, where its rounds stop at a threshold.

    The seed of a call draws the rounds of its request.
    """

    process: Drafting
    rounds: int

    def __call__(self, threshold: float, seed: int) -> float:
        rounds = sample_rounds(self.process, self.rounds, seed)
        lengths = threshold_lengths(rounds.reached, threshold, self.process.least, self.process.most)
        tokens = round_tokens(rounds, lengths, drawn=True).mean()
        return float((self.process.draft * lengths.mean() + self.process.verify) / (self.process.verify * tokens))


def threshold_problem(process: Drafting | None = None, rounds: int = 64) -> Problem:
    """The problem `hardware/stopping_threshold`: at which P(any is rejected) to stop, learned request by request.

    Noisy: each trial serves a request of so many rounds, and its cost per token is that of the drawn acceptances.
    """
    drafting = easy_and_hard() if process is None else process
    return Problem(
        "hardware/stopping_threshold",
        Choice(*THRESHOLDS),
        RequestCost(drafting, rounds),
        objectives={"cost_per_token": "minimize"},
        noisy=True,
        seeded=True,
        published={"SpecDec++": 0.3},
        source=_SOURCE,
    )
