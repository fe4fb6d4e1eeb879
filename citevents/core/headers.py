"""Headers of emails, folded so that every reader reads what was typed.

The folding of Python 3.11 and 3.12 loses blanks where a line ends between two encoded words (cpython #85725), so that
"Montréal, Genève" arrives as "Montréal,Genève". Here a text that needs encoding is encoded as a whole, blanks included.
"""

from __future__ import annotations

from email.header import Header
from email.headerregistry import Address, AddressHeader
from email.policy import EmailPolicy
from typing import Any

#: RFC 2047: a line with an encoded word has at most so many characters.
LINE = 76


class Headers(EmailPolicy):
    """The policy of what is sent: as Python's `SMTP`, but texts and names beyond ASCII keep every blank."""

    def fold(self, name: str, value: Any) -> str:
        """One header with its name and line ends, as it goes to the mail server."""
        if self.utf8 or str(value).isascii():
            return str(super().fold(name, value))
        if isinstance(value, AddressHeader):
            addresses = [self._address(name, each) for each in value.addresses]
            return f"{name}: " + f",{self.linesep} ".join(addresses) + self.linesep
        if name.lower().startswith("content-"):
            return str(super().fold(name, value))
        return f"{name}: {self._text(name, str(value))}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same in bytes; ASCII, unless the mail server said that it takes UTF-8 in headers."""
        if self.utf8 or str(value).isascii():
            return bytes(super().fold_binary(name, value))
        return self.fold(name, value).encode("ascii", "surrogateescape")

    def _text(self, name: str, text: str) -> str:
        return Header(text, "utf-8", maxlinelen=LINE, header_name=name).encode(linesep=self.linesep)

    def _address(self, name: str, address: Address) -> str:
        if address.display_name.isascii():
            return str(address)
        shown = self._text(name, address.display_name)
        room = LINE - len(shown.rpartition("\n")[2]) - len(name) - 2
        gap = " " if len(address.addr_spec) + 3 <= room else f"{self.linesep} "
        return f"{shown}{gap}<{address.addr_spec}>"


OUTGOING = Headers(linesep="\r\n")
