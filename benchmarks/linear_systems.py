"""Bandits that learn the relaxation of SOR over a sequence of linear systems, beside fixed relaxations and chance."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean, stdev

from measure import Figure, table, write_section

from inlay.problems.linear_systems import SHIFTS, CostTable, cost_table, relative_sweeps
from inlay.problems.linear_systems.systems import OMEGAS, Variance
from inlay.search.bandits import Bandit
from inlay.search.chebyshev_bandit import ChebCB
from inlay.search.contexts import BinnedContexts
from inlay.search.exponential_weights import Exp3
from inlay.search.thompson import Thompson
from inlay.search.tsallis import TsallisINF
from inlay.search.ucb import UCB1

SEEDS = range(10)
BANDITS: dict[str, Callable[[], Bandit]] = {
    "UCB1": UCB1,
    "Exp3": Exp3,
    "Thompson": Thompson,
    "Tsallis-INF": TsallisINF,
    "Tsallis-INF in bins": lambda: BinnedContexts(TsallisINF(), *SHIFTS),
    "Thompson in bins": lambda: BinnedContexts(Thompson(), *SHIFTS),
    "ChebCB": lambda: ChebCB(*SHIFTS),
}
#: The most that a learner may take: over the best fixed relaxation at T = 5000, over Gauss-Seidel at T = 500.
LONG = {"Tsallis-INF": 1.25, "Tsallis-INF in bins": 1.10, "ChebCB": 0.75}
SHORT = 0.35


def shares(costs: CostTable) -> dict[str, tuple[float, float]]:
    """Sweeps over those of the best fixed relaxation: mean and standard deviation over the seeds."""
    best = costs.counts[:, costs.best_fixed].sum()
    fixed = {
        f"best fixed relaxation, {OMEGAS[costs.best_fixed]}": 1.0,
        "Gauss-Seidel": costs.counts[:, 0].sum() / best,
        "an arm drawn evenly": costs.counts.mean(axis=1).sum() / best,
        "Young's relaxation for each system": costs.optimal.sum() / best,
    }
    found = {name: (float(share), 0.0) for name, share in fixed.items()}
    for name, make in BANDITS.items():
        played = [relative_sweeps(make(), costs, seed) for seed in SEEDS]
        found[name] = mean(played), stdev(played)
    return found


def figures(found: dict[str, tuple[float, float]], instances: int) -> list[Figure]:
    """The figures to reach: over the best fixed relaxation for long sequences, over Gauss-Seidel for short ones."""
    short = instances < 5000
    rival, sweeps = ("Gauss-Seidel", found["Gauss-Seidel"][0]) if short else ("best fixed relaxation", 1.0)
    made = []
    for name, limit in LONG.items():
        most, share = SHORT if short else limit, found[name][0] / sweeps
        title = f"{name}, sweeps for {instances} systems"
        made.append(Figure(title, f"≤ {most}×", f"{found[name][0]:.3f}", share <= most, rival, f"{share:.3f}×"))
    return made


def section(found: dict[str, tuple[float, float]], instances: int, variance: str) -> str:
    """The table of one sequence."""
    rows = [[name, f"{share:.3f}", f"{spread:.3f}"] for name, (share, spread) in found.items()]
    return f"{instances} systems, {variance} variance:\n\n{table(['learner', 'mean', 'deviation'], rows)}"


EXPLANATION = """sweeps of successive over-relaxation in sum over a sequence of shifted Poisson systems, over those of
the best fixed relaxation of that sequence; mean and standard deviation over 10 seeds of the learner."""


def main() -> None:
    """Play every sequence and write the section."""
    settings: list[tuple[int, Variance]] = [(500, "high"), (500, "low"), (5000, "high"), (5000, "low")]
    texts, reached = [EXPLANATION], []
    for instances, variance in settings:
        found = shares(cost_table(instances, variance))
        texts.append(section(found, instances, variance))
        print(texts[-1], flush=True)
        reached += figures(found, instances) if variance == "high" else []
    write_section("linear_systems.py", "Learning to relax", "\n\n".join(texts), reached)


if __name__ == "__main__":
    main()
