"""Every quality score in one table, held against its floor; exit code 1 below one. ``bash tests/quality/run``."""

from __future__ import annotations

import importlib
import sys

AREAS = ("extraction", "metadata", "boilerplate", "attribution", "linking", "topics", "feeds")
CEILING = "max:"


def main(areas: list[str]) -> int:
    """Measure the named areas (all without names) and print what was measured."""
    unknown = [area for area in areas if area not in AREAS]
    if unknown:
        print(f"no such area: {', '.join(unknown)}; there are {', '.join(AREAS)}", file=sys.stderr)
        return 2
    short = []
    print(f"{'area':<12} {'measure':<44} {'value':>8} {'floor':>8}")
    for area in areas or AREAS:
        module = importlib.import_module(f"tests.quality.{area}")
        for name, value in module.measure().items():
            failed = below_floor(module.FLOORS, name, value)
            floor = floor_text(module.FLOORS, name)
            print(f"{area:<12} {name:<44} {value:>8.3f} {floor:>8}{'  BELOW' if failed else ''}")
            short += [f"{area}: {name}"] if failed else []
    if short:
        print("below the floor: " + "; ".join(short))
    return 1 if short else 0


def below_floor(floors: dict[str, float], name: str, value: float) -> bool:
    """Whether a value is worse than its pinned floor, or ceiling for rates of error."""
    if CEILING + name in floors:
        return value > floors[CEILING + name]
    return name in floors and value < floors[name]


def floor_text(floors: dict[str, float], name: str) -> str:
    """The floor or ceiling of a measure as it is printed; "" when it has none."""
    if CEILING + name in floors:
        return f"<={floors[CEILING + name]:.3f}"
    return f"{floors[name]:.3f}" if name in floors else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
