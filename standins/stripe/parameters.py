"""Parameters of a call: Stripe's bracketed form, read field by field; what is not known is refused."""

import re
from collections.abc import Iterable
from typing import Any

from standins.stripe.errors import StripeError, invalid

_KEY = re.compile(r"^[^\[\]]+|\[([^\[\]]*)\]")


def tree_of(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0][c]=1` becomes `{"a": {"b": {"0": {"c": "1"}}}}`; `a[]=1` appends."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        path = [m.group(1) if m.group(1) is not None else m.group(0) for m in _KEY.finditer(key)]
        place = tree
        for step in path[:-1]:
            place = place.setdefault(step or str(len(place)), {})
            if not isinstance(place, dict):
                raise invalid(f"Invalid hash: {key}", param=key)
        place[path[-1] or str(len(place))] = value
    return tree


class Parameters:
    """Each reader takes a field away; `done()` refuses what nobody took."""

    def __init__(self, tree: dict[str, Any], name: str = "") -> None:
        self._tree = dict(tree)
        self._name = name
        self._nested: list[Parameters] = []

    def _full(self, name: str) -> str:
        return f"{self._name}[{name}]" if self._name else name

    def missing(self, name: str) -> StripeError:
        param = self._full(name)
        return invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")

    def text(self, name: str, *, longest: int = 5000, one_of: Iterable[str] = ()) -> str | None:
        value = self._tree.pop(name, None)
        if value is None:
            return None
        param = self._full(name)
        if not isinstance(value, str):
            raise invalid(f"Invalid string: {value}", param=param)
        if value == "":
            raise invalid(
                f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a "
                f"parameter; however '{param}' cannot be unset.",
                param=param,
                code="parameter_invalid_empty",
            )
        if len(value) > longest:
            raise invalid(
                f"Invalid string: {value[:10]}...{value[-10:]}; must be at most {longest} characters",
                param=param,
                code="parameter_invalid_string_too_long" if longest < 5000 else None,
            )
        allowed = tuple(one_of)
        if allowed and value not in allowed:
            raise invalid(f"Invalid {param}: must be one of {', '.join(allowed)}", param=param)
        return value

    def needed(self, name: str, **limits: Any) -> str:
        value = self.text(name, **limits)
        if value is None:
            raise self.missing(name)
        return value

    def url(self, name: str) -> str | None:
        value = self.text(name)
        if value is not None and not re.match(r"https?://[^/\s]+", value):
            raise invalid("Not a valid URL", param=self._full(name), code="url_invalid")
        return value

    def integer(self, name: str) -> int | None:
        value = self._tree.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,18}", value):
            raise invalid(
                f"Invalid integer: {value}", param=self._full(name), code="parameter_invalid_integer"
            )
        return int(value)

    def positive(self, name: str) -> int | None:
        value = self.integer(name)
        if value is not None and value < 1:
            raise invalid(
                "Invalid positive integer", param=self._full(name), code="parameter_invalid_integer"
            )
        return value

    def nested(self, name: str) -> "Parameters | None":
        value = self._tree.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise invalid("Invalid object", param=self._full(name))
        return self._remembered(Parameters(value, self._full(name)))

    def items(self, name: str) -> list["Parameters"]:
        value = self._tree.pop(name, {})
        if not isinstance(value, dict) or not all(isinstance(item, dict) for item in value.values()):
            raise invalid("Invalid array", param=self._full(name))
        return [
            self._remembered(Parameters(item, f"{self._full(name)}[{number}]"))
            for number, item in enumerate(value.values())
        ]

    def texts(self, name: str) -> list[str]:
        value = self._tree.pop(name, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise invalid("Invalid array", param=self._full(name))
        return list(value.values())

    def metadata(self) -> dict[str, str]:
        value = self._tree.pop("metadata", {})
        param = self._full("metadata")
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise invalid("Invalid object", param=param)
        if len(value) > 50:
            raise invalid("Metadata can have up to 50 keys", param=param)
        for key, item in value.items():
            if len(key) > 40 or len(item) > 500:
                raise invalid(
                    f"Metadata keys have at most 40 characters and values at most 500: {key[:40]}",
                    param=param,
                )
        return {key: item for key, item in value.items() if item}

    def moments(self, name: str) -> dict[str, int]:
        """A filter on times: `created=5` or `created[gte]=5&created[lt]=9`, as comparisons."""
        if isinstance(self._tree.get(name), str):
            return {"=": self.integer(name) or 0}
        bounds = self.nested(name)
        if bounds is None:
            return {}
        signs = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
        read = {sign: bounds.integer(word) for word, sign in signs.items()}
        return {sign: value for sign, value in read.items() if value is not None}

    def done(self) -> None:
        for name in self._tree:
            param = self._full(name)
            raise invalid(f"Received unknown parameter: {param}", param=param, code="parameter_unknown")
        for nested in self._nested:
            nested.done()

    def _remembered(self, nested: "Parameters") -> "Parameters":
        self._nested.append(nested)
        return nested
