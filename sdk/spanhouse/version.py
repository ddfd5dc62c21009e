"""The version of this distribution; it names the scope of every span made here."""

from typing import Final

VERSION: Final = "0.1.0"
