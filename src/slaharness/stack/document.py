"""Objects as YAML that Kubernetes' programs read as it was meant.

They know more spellings of numbers and of yes and no than PyYAML, which leaves ``089012345678`` without
quotes: as an image's tag, or the id of an installation, it would be a number to them, which no tag may be.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

#: What else they take for a number, and for yes or no, of which PyYAML knows longer words only.
FLOAT = re.compile(r"[-+]?\.?[0-9][0-9_.]*([eE][-+]?[0-9]+)?$")
OCTAL = re.compile(r"[-+]?0o[0-7_]+$")
BOOL = re.compile(r"[yYnN]$")


class _Dumper(yaml.SafeDumper):
    """Quotes whatever one of them would not take for text."""


_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", FLOAT, list("-+.0123456789"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", OCTAL, list("-+0"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", BOOL, list("yYnN"))


def dump(objects: Iterable[Mapping[str, Any]], *, sort_keys: bool = True) -> str:
    """One document each."""
    return str(yaml.dump_all(objects, Dumper=_Dumper, sort_keys=sort_keys))
