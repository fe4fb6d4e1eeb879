"""Random numbers that fall alike in compiled and in plain Python: L'Ecuyer's combined generator (1988).

Its products stay below 2^47, so that neither arithmetic ever wraps; its period is about 2^61.
"""

from typing import Any

from citevents.scheduling.solver.accelerator import compiled, flat


def seeded(seed: int) -> Any:
    """A generator's two-number state. Any whole number is a seed; neighbours give unrelated streams."""
    mixed = (seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % (1 << 64)
    return flat([1 + mixed % 2147483561, 1 + (mixed >> 31) % 2147483397])


@compiled
def uniform(dice: Any) -> float:
    """In (0, 1)."""
    first = dice[0] * 40014 % 2147483563
    second = dice[1] * 40692 % 2147483399
    dice[0] = first
    dice[1] = second
    value = first - second
    if value < 1:
        value += 2147483562
    return value * 4.656613057391769e-10  # type: ignore[no-any-return]


@compiled
def below(dice: Any, limit: int) -> int:
    """A whole number from 0 to limit - 1."""
    return int(uniform(dice) * limit)
