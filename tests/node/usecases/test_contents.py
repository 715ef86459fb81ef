"""Both sides' entries bind the same application, verdict and data, and either side can open them. node.usecases.contents, clause 8.5."""

import json
from pathlib import Path

import pytest

from federation.model.application import Output
from node.ports.contents import StoredContent
from node.usecases.contents import MOST, Keeper
from tests.node.usecases.mesh import CALLER, Mesh, Province
from tests.node.usecases.retrieval.test_data import RECORD  # type: ignore[attr-defined]
from trust.commitment import Opening
from trust.errors import DecryptionError
