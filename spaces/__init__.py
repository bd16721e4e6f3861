"""Programs with holes: the holes, the spaces they make, and what every space can do."""

from .abstract import Record, Space
from .addresses import Address, Guided, Policy, addressed
from .choices import Choice
from .choosers import Callback, Chooser, Decision, Draw, Prefix, Question, Replay, Simplest
from .constraints import Where
from .display import Difference
from .errors import InfiniteSpace, NoOtherMember, OutsideSpace, PathError, SpaceError, Unsatisfied
from .formulas import Formula, Formulas, OpenFormula, parse_formula
from .masks import Mask
from .permutations import Permutation
from .prefix_tree import PrefixTree
from .prefix_trees import PrefixTrees
from .programs import Program, build, program, space, symbolize
from .ranges import Integer, Real
from .sequences import Repeat, Subset
from .serialization import digest, read_json, write_json
from .sharing import Dependent, Shared
from .symbols import symbolic

__all__ = [
    "Address",
    "Callback",
    "Choice",
    "Chooser",
    "Decision",
    "Dependent",
    "Difference",
    "Draw",
    "Formula",
    "Formulas",
    "Guided",
    "InfiniteSpace",
    "Integer",
    "Mask",
    "NoOtherMember",
    "OpenFormula",
    "OutsideSpace",
    "PathError",
    "Permutation",
    "Policy",
    "Prefix",
    "PrefixTree",
    "PrefixTrees",
    "Program",
    "Question",
    "Real",
    "Record",
    "Repeat",
    "Replay",
    "Shared",
    "Simplest",
    "Space",
    "SpaceError",
    "Subset",
    "Unsatisfied",
    "Where",
    "addressed",
    "build",
    "digest",
    "parse_formula",
    "program",
    "read_json",
    "space",
    "symbolic",
    "symbolize",
    "write_json",
]
