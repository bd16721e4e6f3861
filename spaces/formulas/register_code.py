"""Register code: formulas as steps `target = operator(operands)` over rows of a memory, made from prefix codes.

The rows are numbered: first the variables, then the numbers of a formula, then temporary results. Leaves are never
copied, which makes this form the fastest to interpret.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import arithmetic_inside
from .numpy_evaluation import SHIELDS
from .operators import LITERAL, OPERATORS, VARIABLE

Steps = NDArray[np.int32]
Integers = NDArray[np.int64]

#: Whether a temporary row is used again once it was read, or every step has one of its own.
REUSE, SEPARATE = np.array([True, False])
#: What is added to the code of an operator that acts in its protected form.
PROTECTED = 32
#: Of every common operator: how many operands it takes, and what is added to its code when it is to be protected.
ARITIES = np.array([operator.arity for operator in OPERATORS], dtype=np.int64)
SHIELDED = np.array([PROTECTED * (operator.name in SHIELDS) for operator in OPERATORS], dtype=np.int64)
#: A product that is zero where its first factor is, even where the second is not finite; for derivatives.
CARRY = np.int64(29)
#: The columns of the steps.
OPERATOR, TARGET, FIRST, SECOND, THIRD = range(5)


@arithmetic_inside
def translate(
    codes: NDArray[np.int16],
    numbers: int,
    variables: int,
    temporaries: int,
    protected: bool,
    reuse: bool,
    steps: Steps,
    pile: Integers,
) -> tuple[int, int, int]:
    """Write the steps of one formula; returns how many, the row of the result, and how many temporaries they take.

    The formula has `numbers` numbers, in the rows from `variables` on; temporaries begin at row `temporaries`. With
    `reuse` a temporary is free again once it was read (but never the target of the step that reads it, so that loops
    over rows need not expect it); without, every step has a row of its own. `pile` is room for twice the codes.
    """
    height, spare, middle, used, made = 0, 0, len(codes), 0, 0
    for i in range(len(codes) - 1, -1, -1):
        code = codes[i]
        if code >= VARIABLE:
            row = code - VARIABLE
        elif code >= LITERAL:
            numbers -= 1
            row = variables + numbers
        else:
            if spare > 0:
                spare -= 1
                row = pile[middle + spare]
            else:
                row = temporaries + used
                used += 1
            steps[made, OPERATOR] = code + (SHIELDED[code] if protected else 0)
            steps[made, TARGET] = row
            for k in range(ARITIES[code]):
                height -= 1
                operand = pile[height]
                for place in range(FIRST + k, THIRD + 1):  # operands that are lacking repeat the last
                    steps[made, place] = operand
                if reuse and operand >= temporaries:
                    pile[middle + spare] = operand
                    spare += 1
            made += 1
        pile[height] = row
        height += 1
    return made, pile[0], used
