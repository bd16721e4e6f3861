"""What holds for every test."""

import gc


def pytest_collection_finish() -> None:
    """Tens of thousands of collected tests are no garbage: the collector need not look at them again and again."""
    gc.collect()
    gc.freeze()
