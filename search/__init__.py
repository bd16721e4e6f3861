"""Strategies, studies and what they report: the search half of Inlay.

The names are listed in `__init__.pyi`; each is loaded from its module when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
