"""The calls provinces make on one another: path, kind of request, kind of answer. One line per RPC of `proto/certmesh/v1`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Method:
    """One RPC. `path` is "Service/Rpc" within the package certmesh.v1; `recorded`: an evidence entry proves each of its messages."""

    path: str
    request: str
    answer: str
    recorded: bool = False

    @property
    def full_path(self) -> str:
        """As gRPC names it."""
        return f"/certmesh.v1.{self.path}"


SUBMIT = Method("Application/Submit", "SubmitRequest", "SubmitAnswer", recorded=True)
SEARCH = Method("Search/Local", "SearchRequest", "SearchAnswer", recorded=True)
DATA = Method("Retrieval/Data", "DataRequest", "DataAnswer", recorded=True)
FILE = Method("Retrieval/File", "FileRequest", "FileHead", recorded=True)
VERIFY = Method("Retrieval/Verify", "VerifyRequest", "VerifyAnswer", recorded=True)
NOTICE = Method("Notice/Send", "NoticeRequest", "NoticeAnswer", recorded=True)
OBJECTION = Method("Objections/Tell", "ObjectionTell", "ObjectionTold", recorded=True)
HOLDER_CHECK = Method("Holders/Check", "HolderCheckRequest", "HolderCheckAnswer", recorded=True)
HOLDER_USES = Method("Holders/Uses", "HolderUsesRequest", "HolderUsesAnswer", recorded=True)
CHECKPOINT = Method("Evidence/Checkpoint", "CheckpointRequest", "CheckpointAnswer")
PROVE = Method("Evidence/Prove", "ProveRequest", "ProveAnswer")
CONSISTENCY = Method("Evidence/Consistency", "ConsistencyRequest", "ConsistencyAnswer")
TILE = Method("Evidence/Tile", "TileRequest", "TileAnswer")
ADD_CHECKPOINT = Method("Evidence/AddCheckpoint", "AddCheckpointRequest", "AddCheckpointAnswer")
ACCUSE = Method("Evidence/Accuse", "AccuseRequest", "AccuseAnswer")
RECONCILE = Method("Evidence/Reconcile", "ReconcileRequest", "ReconcileAnswer")
PUSH_ORDERS = Method("Orders/Push", "OrdersPushRequest", "OrdersPushAnswer")
PULL_ORDERS = Method("Orders/Pull", "OrdersPullRequest", "OrdersPullAnswer")
POKE = Method("Membership/Poke", "PokeRequest", "PokeAnswer")
CHAIN = Method("Membership/Chain", "ChainRequest", "ChainAnswer")

ALWAYS = frozenset({POKE, CHAIN, PUSH_ORDERS, PULL_ORDERS})
"""What is asked and answered even while a membership document has expired: how that ends, and what is stopped meanwhile."""

# All publications travel in the same messages, each over the service of its own noun.
_SERVICES = {"catalogue": "Catalogue", "uselist": "UseList", "decisions": "Decisions"}
ANNOUNCE = {kind: Method(f"{name}/Announce", "AnnounceRequest", "AnnounceAnswer") for kind, name in _SERVICES.items()}
PULL = {kind: Method(f"{name}/Pull", "PullRequest", "PullAnswer") for kind, name in _SERVICES.items()}
ACKNOWLEDGE = {
    kind: Method(f"{name}/Acknowledge", "AcknowledgeRequest", "AcknowledgeAnswer") for kind, name in _SERVICES.items()
}

RECORDED_KINDS = frozenset(
    kind
    for method in (SUBMIT, SEARCH, DATA, FILE, VERIFY, HOLDER_CHECK, HOLDER_USES, NOTICE, OBJECTION)
    for kind in (method.request, method.answer)
)
"""Messages that travel only with the evidence entry that was made for them."""

SERVICES = (
    *(
        *_SERVICES.values(),
        "Application",
        "Search",
        "Retrieval",
        "Holders",
        "Notice",
        "Objections",
        "Evidence",
        "Membership",
        "Orders",
    ),
)

# What is spoken also with a province, or under a key, that is stopped: otherwise neither the order to lift nor the membership document
# that replaces a stopped key could come through. Both prove themselves, whoever carries them.
NEVER_STOPPED = frozenset({"Orders", "Membership"})
NEVER_STOPPED_KINDS = frozenset(kind for method in ALWAYS for kind in (method.request, method.answer))
