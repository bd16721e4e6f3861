"""Draft trees: published figures, greedy trees against brute force, long runs against simulation, lossless decoding."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.problems.hardware import datasheet, device_names
from inlay.problems.hardware.devices import Device
from inlay.problems.hardware.draft_trees import (
    PROMPT_TOKENS_7B,
    TOKEN_RECYCLING,
    VICUNA_7B,
    Sampling,
    TokenRecycling,
    TrigramModel,
    TrigramTable,
    beam_tree,
    best_length,
    best_tree,
    cartesian,
    chain,
    context_tree_problem,
    draft_by_tree_search,
    draft_tree_problem,
    dynamic_trees,
    expected_tokens,
    guesses_of,
    node_masses,
    plainly_decoded,
    reused,
    simulated_long_run,
    simulated_tokens,
    source_words,
    star,
    step_seconds,
    tokens_of_document,
)
from inlay.problems.hardware.draft_trees.adaptive_drafts import CAP, NODES, STEP
from inlay.problems.hardware.draft_trees.prompt_decoding import (
    pruned_prompts,
    stationary,
    step_values,
    stopping_masses,
    transition_matrix,
)
from inlay.search import UCT, LocalSearch, Problem, RandomSearch, RegularizedEvolution, Study
from inlay.spaces import PrefixTree, PrefixTrees

VICUNA = guesses_of(reused(VICUNA_7B, 12))


@cache
def model() -> TrigramModel:
    return TrigramModel(source_words(files=60))


@cache
def table() -> TrigramTable:
    """Of three quarters of a text; no test lets it learn."""
    return TrigramTable(fresh_text())


def fresh_text() -> list[int]:
    text: list[int] = model().text.tolist()
    return text[: len(text) * 3 // 4]


# -- what a tree accepts ---------------------------------------------------------------------------------------------


def test_best_trees_give_the_published_tokens_per_step() -> None:
    found = [expected_tokens(best_tree(VICUNA, n), VICUNA) for n in (8, 16, 32, 64, 80, 128)]
    assert found == pytest.approx([2.24, 2.52, 2.79, 3.05, 3.13, 3.29], abs=0.006)  # 16 nodes give 2.515


def test_the_tree_of_token_recycling_is_close_to_the_best() -> None:
    assert TOKEN_RECYCLING.per_level == (8, 21, 25, 15, 8, 3)
    tokens, best = expected_tokens(TOKEN_RECYCLING, VICUNA), expected_tokens(best_tree(VICUNA, 80), VICUNA)
    assert round(tokens, 3) == 3.117
    assert 0.004 < 1 - tokens / best < 0.005


@pytest.mark.parametrize(("ranks", "largest"), [(2, 8), (3, 5)])
def test_the_best_tree_equals_brute_force(ranks: int, largest: int) -> None:
    rng = np.random.default_rng(ranks)
    table = rng.random((largest, ranks)) / ranks  # ranks in no order
    guesses = guesses_of(table)
    for nodes in range(1, largest + 1):
        trees = PrefixTrees(nodes, ranks=ranks, depth=largest).enumerate()
        best = max(expected_tokens(tree, guesses) for tree in trees)
        found = best_tree(guesses, nodes)
        assert found.size == nodes
        assert expected_tokens(found, guesses) == pytest.approx(best, rel=1e-12)


def test_expected_tokens_are_the_mean_of_simulated_steps() -> None:
    for tree in (TOKEN_RECYCLING, chain(6), star(8), cartesian(4, 3, 2)):
        simulated = simulated_tokens(tree, VICUNA, 30_000, Random(0))
        assert simulated == pytest.approx(expected_tokens(tree, VICUNA), rel=0.01)


def test_guesses_that_no_table_has_are_never_right() -> None:
    assert node_masses(PrefixTree("0(0(0)) 2"), guesses_of(np.array([[0.5, 0.25], [0.5, 0.5]]))) == {
        (0,): 0.5, (0, 0): 0.25, (0, 0, 0): 0.0, (2,): 0.0,
    }  # fmt: skip


def test_a_beam_is_never_better_than_the_best_tree() -> None:
    for depth in (2, 4, 6, 8):
        tree = beam_tree(VICUNA, 80, depth)
        assert tree.depth == depth
        assert tree.size <= 80
        assert 2.5 < expected_tokens(tree, VICUNA) < expected_tokens(best_tree(VICUNA, tree.size), VICUNA)
    with pytest.raises(ValueError, match="a node on each"):
        beam_tree(VICUNA, 3, 4)


# -- prompt tokens ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("budget", [24, 60, 120])
def test_the_long_run_is_what_simulation_gives(budget: int) -> None:
    best = dynamic_trees(PROMPT_TOKENS_7B, budget)
    assert simulated_long_run(best.trees, PROMPT_TOKENS_7B, 60_000, Random(budget)) == pytest.approx(
        best.tokens, rel=0.01
    )
    assert max(each.length for each in best.trees) <= budget
    assert [each.tree.depth <= d for d, each in enumerate(best.trees, 1)] == [True] * 3


def test_the_stationary_shares_stay_as_they_are() -> None:
    matrix = transition_matrix(dynamic_trees(PROMPT_TOKENS_7B, 60).trees, PROMPT_TOKENS_7B)
    assert matrix.sum(axis=1) == pytest.approx(1.0)
    assert matrix.min() >= 0
    shares = stationary(matrix)
    assert shares @ matrix == pytest.approx(shares)
    assert shares.sum() == pytest.approx(1.0)
    assert (np.linalg.matrix_power(matrix, 200)[0]) == pytest.approx(shares, abs=1e-9)


def test_prompt_tokens_are_taken_where_they_are_missed_least() -> None:
    tree = best_tree(guesses_of(PROMPT_TOKENS_7B), 9)
    values = [1.0, 1.6, 1.9, 2.05]
    last = stopping_masses(tree, PROMPT_TOKENS_7B)
    prompts = dict.fromkeys(tree.paths, 3)
    for budget in range(36, 17, -1):
        assert pruned_prompts(tree, PROMPT_TOKENS_7B, values, budget).prompts == tuple(prompts.values())
        losses = {p: last[p] * (values[n] - values[n - 1]) for p, n in prompts.items() if n > 1}
        if losses:
            prompts[min(losses, key=lambda path: (losses[path], path))] -= 1
    assert set(prompts.values()) == {1}
    with pytest.raises(ValueError, match="9 nodes with a prompt token each"):
        pruned_prompts(tree, PROMPT_TOKENS_7B, values, 17)


@pytest.mark.parametrize(
    ("budget", "sizes", "prompts"),
    [
        (60, (10, 20, 20), ({3: 10}, {2: 20}, {2: 20})),
        (80, (10, 27, 27), ({3: 10}, {1: 1, 2: 26}, {1: 1, 2: 26})),
        (120, (10, 37, 39), ({3: 10}, {2: 28, 3: 9}, {2: 36, 3: 3})),
    ],
)
def test_the_trees_found_are_the_published_ones(budget: int, sizes: Any, prompts: Any) -> None:
    found = dynamic_trees(PROMPT_TOKENS_7B, budget, sizes=64).trees
    assert tuple(each.tree.size for each in found) == sizes
    assert tuple(dict(Counter(each.prompts)) for each in found) == prompts


def test_more_tokens_in_a_step_give_more_and_never_as_many_as_guesses_at_every_step_would() -> None:
    best = [dynamic_trees(PROMPT_TOKENS_7B, budget, sizes=6) for budget in (30, 60, 120)]
    assert 1.8 < best[0].tokens < best[1].tokens < best[2].tokens
    for each in best:
        assert each.tokens < step_values([tree.tree for tree in each.trees], PROMPT_TOKENS_7B)[-1]
    with pytest.raises(ValueError, match="10 nodes"):
        dynamic_trees(PROMPT_TOKENS_7B, 19)


# -- the size for a device -------------------------------------------------------------------------------------------

LENGTHS = np.arange(1, 321)


@cache
def accepted() -> Any:
    """Tokens of a step by its length, the root included."""
    masses = sorted(node_masses(best_tree(VICUNA, 319), VICUNA).values(), reverse=True)
    return 1.0 + np.cumsum([0.0, *masses])


def chosen(device: Device, batch: int) -> int:
    return best_length(LENGTHS, accepted(), device, batch)


def test_larger_batches_have_smaller_trees_on_every_device() -> None:
    tried = 0
    for name in device_names():
        machine = datasheet(name)
        if not {"fp16", "bf16", "int8"} & set(machine.peak):
            continue
        sizes = [chosen(machine, batch) for batch in (1, 4, 16, 64)]
        assert sizes == sorted(sizes, reverse=True), name
        tried += sizes[0] > sizes[-1]
    assert tried >= 5


def test_trees_grow_with_arithmetic_and_shrink_with_bandwidth() -> None:
    machine = replace(datasheet("a100-80g"), tile=(1, 1))
    rich = replace(machine, peak={kind: 4 * peak for kind, peak in machine.peak.items()})
    wide = replace(machine, memory=tuple(each._replace(bandwidth=4 * each.bandwidth) for each in machine.memory))
    for batch in (2, 4, 8):
        assert chosen(wide, batch) < chosen(machine, batch) < chosen(rich, batch)


def test_the_length_with_prompt_tokens_follows_batch_and_device() -> None:
    lengths = np.array([24, 48, 96, 192])
    tokens = np.array([dynamic_trees(PROMPT_TOKENS_7B, n - 1, sizes=4).tokens for n in lengths.tolist()])
    assert (np.diff(tokens) > 0).all()
    sizes = [best_length(lengths, tokens, "h100", batch) for batch in (1, 4, 16)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1]
    assert best_length(lengths, tokens, "edge-npu") < sizes[0]


def test_a_step_is_bound_by_weights_until_arithmetic_counts() -> None:
    seconds = step_seconds(LENGTHS, replace(datasheet("a100-80g"), tile=(1, 1)))
    assert (np.diff(seconds) >= 0).all()
    assert seconds[0] == pytest.approx(2 * 6.6e9 / 2039e9, rel=0.1)
    assert seconds[63] < 1.05 * seconds[0]
    assert seconds[319] > 1.5 * seconds[0]


def test_a_step_computes_each_token_of_each_sequence_to_its_logits() -> None:
    """On a machine that only computes; a token attends to the context and on average to half of the others."""
    known = datasheet("a100-80g")
    fast = tuple(level._replace(bandwidth=1e30) for level in known.memory)
    seconds = step_seconds(50, replace(known, tile=(1, 1), memory=fast), batch=3, context=1000)
    rows, width, hidden = 3 * 50, 4096, 11008
    products, attention = 2 * rows * (4 * width**2 + 3 * width * hidden), 4 * rows * width * (1000 + 25)
    elementwise, head = 2 * 4 * rows * width + 5 * rows * hidden, 2 * rows * width * 32000
    flops = 32 * (products + attention + elementwise) + head
    assert float(seconds.squeeze()) * 312e12 == pytest.approx(flops, rel=1e-9)


# -- the language model ----------------------------------------------------------------------------------------------


def contexts(n: int, seed: int) -> list[list[int]]:
    """Half of them from the text, half of words that may never have stood together."""
    rng = np.random.default_rng(seed)
    places = rng.integers(len(model().text) - 2, size=n)
    return [
        model().text[at : at + 2].tolist() if i % 2 else rng.integers(model().size, size=2).tolist()
        for i, at in enumerate(places)
    ]


def test_the_vocabulary_is_as_large_as_asked_for_and_the_text_is_bounded() -> None:
    assert model().size == 8001
    assert 100_000 < len(model().text) < 1_000_000
    assert model().tokens(["no such word there", "def"])[0] == 0


def test_probabilities_add_up_to_one_and_the_likeliest_are_the_greatest() -> None:
    for context in contexts(100, 0):
        shares = model().probabilities(context)
        assert shares.sum() == pytest.approx(1.0)
        assert shares.min() > 0
        assert model().likeliest(context) == tuple(np.lexsort((np.arange(len(shares)), -shares))[:8].tolist())


def test_probabilities_of_a_small_text_are_as_by_hand() -> None:
    small = TrigramModel(["a", "b", "a", "b", "c"], vocabulary=4)  # and the unknown word
    a, b, c = small.tokens(["a", "b", "c"])
    single = np.array([0 + 1, 2 + 1, 2 + 1, 1 + 1]) / (5 + 4)
    pair = (2 * single + [0, 1, 0, 1]) / (2 + 2)  # a and c have followed b
    assert small.probabilities([a, b]) == pytest.approx((2 * pair + [0, 1, 0, 1]) / (2 + 2))
    assert small.probabilities([c, b]) == pytest.approx(pair)
    assert small.probabilities([a, c]) == pytest.approx(single)


def test_draws_have_the_probabilities_of_the_model() -> None:
    noise = np.random.default_rng(3).random((6000, 3))
    for context in contexts(6, 1):
        counts = np.bincount([model().drawn(context, each) for each in noise], minlength=model().size)
        shares = model().probabilities(context)
        for word in model().likeliest(context):
            deviation = (shares[word] * (1 - shares[word]) / len(noise)) ** 0.5
            assert abs(counts[word] / len(noise) - shares[word]) < 5 * deviation


# -- token recycling -------------------------------------------------------------------------------------------------

TREES = {"chain": chain(6), "star": star(8), "tree": TOKEN_RECYCLING}


def prompt() -> list[int]:
    return model().text[1000:1002].tolist()


@pytest.mark.parametrize("seed", [None, 1])
@pytest.mark.parametrize("name", TREES)
def test_decoding_with_drafts_gives_what_plain_decoding_gives(name: str, seed: int | None) -> None:
    sampling = Sampling(model(), seed)
    decoded = TokenRecycling(model(), TREES[name]).decode(sampling, prompt(), 300)
    assert decoded.tokens == plainly_decoded(sampling, prompt(), 300)
    assert decoded.steps < 300


@cache
def tokens_per_step(name: str) -> tuple[float, float, float]:
    """Of sampled text: from an empty matrix; of a second text, from what the first one left, and from an empty one."""
    first, second = Sampling(model(), seed=2), Sampling(model(), seed=3)
    recycling = TokenRecycling(model(), TREES[name])
    cold, hot = recycling.decode(first, prompt(), 600), recycling.decode(second, prompt(), 600)
    again = TokenRecycling(model(), TREES[name]).decode(second, prompt(), 600)
    return cold.tokens_per_step, hot.tokens_per_step, again.tokens_per_step


def test_a_chain_is_worse_than_the_best_guesses_and_those_than_a_tree() -> None:
    for at in range(3):
        found = [tokens_per_step(name)[at] for name in ("chain", "star", "tree")]
        assert 1.05 < found[0] < found[1] - 0.05 < found[2] - 0.1
        assert found[2] < 2.5


def test_a_matrix_that_is_kept_is_better_than_an_empty_one() -> None:
    for name in TREES:
        _, hot, cold = tokens_per_step(name)
        assert hot > cold


def test_a_step_teaches_the_matrix_all_drafted_tokens_the_last_of_equal_ones() -> None:
    tree = PrefixTree("0(0 1) 1(0)")
    recycling = TokenRecycling(model(), tree)
    assert not recycling.matrix.any()
    text = prompt()
    words = model().likeliest(text, 8)
    recycling.matrix[text[1]] = words
    recycling.matrix[words[0], :2] = words[1], words[2]
    drafted = recycling.drafted(text[1])
    assert drafted == [text[1], words[0], words[1], words[1], words[2], recycling.matrix[words[1], 0]]
    recycling.step(Sampling(model()), text, 2)
    assert recycling.matrix[text[1]].tolist() == list(model().likeliest(text))
    assert recycling.matrix[words[2]].tolist() == list(model().likeliest([words[0], words[2]]))
    assert recycling.matrix[words[1]].tolist() == list(model().likeliest([words[0], words[1]]))  # the deeper of two
    assert model().likeliest([words[0], words[1]]) != model().likeliest([text[1], words[1]])


def test_the_longest_path_is_accepted_though_siblings_hold_equal_tokens() -> None:
    class Always:
        def token(self, text: Any, position: int) -> int:
            return 0  # what an empty matrix guesses everywhere

    recycling = TokenRecycling(model(), PrefixTree("0 1(0(0)) 2"))
    assert recycling.step(Always(), prompt(), 2) == [0] * 4  # type: ignore[arg-type]


def test_a_tree_of_more_ranks_than_the_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match="8 ranks"):
        TokenRecycling(model(), star(9))


# -- adaptive drafts -------------------------------------------------------------------------------------------------


def known_contexts(n: int) -> list[tuple[int, int]]:
    rng, text = Random(7), fresh_text()
    found = [(text[at], text[at + 1]) for at in (rng.randrange(len(text) - 2) for _ in range(2 * n))]
    return [context for context in found if table().ranked(context)[0]][:n]


def test_trees_of_the_search_accept_nearly_as_much_as_the_best_of_their_size() -> None:
    ratios, beams = [], []
    for seed, context in enumerate(known_contexts(60)):
        guesses, tree = table().guesses(context), draft_by_tree_search(table(), context, seed)
        assert tree.size <= NODES
        assert tree.depth <= 4
        best = expected_tokens(best_tree(guesses, tree.size), guesses)
        ratios.append(expected_tokens(tree, guesses) / best)
        beams.append(expected_tokens(beam_tree(guesses, tree.size, min(4, tree.size)), guesses) / best)
    assert max(*ratios, *beams) <= 1 + 1e-9
    assert np.mean(ratios) > 0.95
    assert min(ratios) > 0.85
    assert np.mean(beams) > 0.85


def test_a_table_holds_the_shares_of_the_likeliest_successors() -> None:
    text = [1, 2, 3, *[1, 2, 4] * 3]
    assert TrigramTable(text).values[1, 2] == {4: 0.75, 3: 0.25}
    wide = TrigramTable([word for last in range(10, 40) for word in (1, 2, last)])
    assert len(wide.values[1, 2]) == 12
    assert sum(wide.shares((1, 2))) == pytest.approx(12 / 30)
    assert wide.shares((8, 9)) == ()


def test_a_table_learns_the_last_tokens_up_to_a_limit() -> None:
    learned = TrigramTable([1, 2, 3])
    text = [7, 8, 9, *range(20, 34)]  # the first of 17 tokens is too old
    learned.learn(text)
    assert (7, 8) not in learned.values
    assert learned.values[8, 9] == {20: STEP}
    assert learned.ranked((1, 2)) == ((3,), (1.0,))
    for _ in range(100):
        learned.learn([1, 2, 4])
    assert learned.values[1, 2] == {3: 1.0, 4: CAP}
    assert learned.ranked((1, 2))[0] == (4, 3)
    assert learned.shares((1, 2)) == (0.75, 0.25)


def test_learning_raises_what_a_repeated_document_accepts() -> None:
    text = model().text.tolist()
    document = text[len(fresh_text()) + 3000 :][:250]
    fixed, learning = TrigramTable(fresh_text()), TrigramTable(fresh_text())
    before = tokens_of_document(fixed, document, adapt=False)
    assert tokens_of_document(fixed, document, adapt=False) == before
    first, second = tokens_of_document(learning, document), tokens_of_document(learning, document)
    assert before <= first < second
    assert second > 1.3 * before


# -- problems --------------------------------------------------------------------------------------------------------


def test_published_trees_score_what_is_published() -> None:
    problem = draft_tree_problem()
    assert problem.evaluate is not None
    assert list(problem.published) == [
        "chain", "best guesses for one token", "cartesian, as Medusa", "token recycling",
        "prompt decoding, three levels",
    ]  # fmt: skip
    scores = {name: problem.evaluate(tree) for name, tree in problem.published.items()}
    for name, score in scores.items():
        assert score == pytest.approx(expected_tokens(problem.published[name], VICUNA), rel=1e-12)
    assert round(scores["token recycling"], 3) == 3.117
    assert scores["chain"] < scores["token recycling"] < problem.best_known
    assert scores["best guesses for one token"] == pytest.approx(1 + sum(VICUNA_7B))


@pytest.mark.parametrize("settings", [{}, {"device": "a40", "batch": 64}, {"device": "edge-npu", "batch": 4}])
def test_the_best_known_value_is_that_of_the_best_member(settings: dict[str, Any]) -> None:
    problem = draft_tree_problem(7, shares=(0.5, 0.2, 0.1), depth=4, **settings)
    assert problem.evaluate is not None
    assert max(map(problem.evaluate, problem.members.enumerate())) == pytest.approx(problem.best_known)


def test_tokens_per_second_are_batch_times_tokens_over_seconds() -> None:
    problem = draft_tree_problem(40, "h100", batch=4)
    assert problem.evaluate is not None
    assert list(problem.objectives) == ["tokens per second"]
    tree = problem.published["cartesian, as Medusa"]
    seconds = step_seconds(tree.size + 1, "h100", batch=4)[0]
    assert problem.evaluate(tree) == pytest.approx(4 * expected_tokens(tree, VICUNA) / seconds)


def regrets(problem: Problem, make: Callable[[], Any], trials: int, seeds: int = 3) -> float:
    """The mean relative distance to the best known value."""
    assert problem.best_known is not None
    found = []
    for seed in range(seeds):
        study = Study(problem, make(), seed=seed)
        study.run(trials=trials, progress=False)
        assert -study.best.loss <= problem.best_known * (1 + 1e-9)
        found.append(1 + study.best.loss / problem.best_known)
    return float(np.mean(found))


@pytest.mark.parametrize("settings", [{"nodes": 24}, {"nodes": 32, "device": "h100", "batch": 4}])
def test_strategies_find_better_trees_than_random_search(settings: dict[str, Any]) -> None:
    problem = draft_tree_problem(**settings)
    chance = regrets(problem, RandomSearch, 300)
    for make in (LocalSearch, lambda: RegularizedEvolution(population=20, tournament=5)):
        assert regrets(problem, make, 300) < 0.8 * chance
    if "device" not in settings:
        assert regrets(problem, LocalSearch, 300) < 0.01


def test_tree_search_and_local_search_act_on_the_drafts_of_a_context() -> None:
    problems = [context_tree_problem(table(), context, nodes=8) for context in busy_contexts(3)]
    chance, tree_search, local = (
        np.mean([regrets(problem, make, 200, seeds=2) for problem in problems])
        for make in (RandomSearch, lambda: UCT(0.02), LocalSearch)
    )
    assert tree_search < chance
    assert local < chance


def busy_contexts(n: int) -> list[tuple[int, int]]:
    """Contexts that many words have followed."""
    return [context for context in known_contexts(60) if len(table().ranked(context)[0]) >= 10][:n]


def test_drafts_of_a_context_are_published_points_of_its_problem() -> None:
    context = busy_contexts(1)[0]
    problem = context_tree_problem(table(), context)
    assert problem.evaluate is not None
    assert problem.best_known is not None
    found = problem.evaluate(problem.published["tree search"])
    assert 0.85 * problem.best_known < found <= problem.best_known
    assert problem.evaluate(problem.published["beam"]) <= problem.best_known
    with pytest.raises(ValueError, match="knows no word"):
        context_tree_problem(table(), (8000, 8000))


@pytest.mark.parametrize("shares", [(), (0.2, 0.5), (0.9, 0.2), (-0.1,)])
def test_shares_that_are_none_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="greatest first"):
        draft_tree_problem(shares=shares)
