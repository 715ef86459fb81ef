"""Checks of what is the node's own: configuration, crypto, key files, pairs, chains."""

from collections.abc import Iterator

from node.doctor.facts import ChainFacts, ConfigFacts, EngineFacts, PairFacts, SecretFacts
from node.doctor.finding import Finding, Owner, State


def config(facts: ConfigFacts) -> Iterator[Finding]:
    """The file and the files it names."""
    for problem in facts.problems:
        yield Finding(
            check="config",
            state=State.CRITICAL,
            what=problem,
            why="`certmesh serve` refuses to start with it",
            todo="mend what the sentence names, then run `certmesh check-config`",
        )
    if not facts.problems:
        yield Finding(check="config", state=State.OK, what=f"{facts.path} and the lists it names are good")


def engine(facts: EngineFacts) -> Iterator[Finding]:
    """SM2, SM3 and SM4 give the published answers."""
    if facts.problem:
        yield Finding(
            check="crypto",
            state=State.CRITICAL,
            what=facts.problem,
            why="without right answers nothing that this machine signs or believes is worth anything",
            todo="run the node with a libcrypto 3 that has SM2, such as that of Debian 12; do not go on with this one",
            owner=Owner.SYSTEM,
        )
    else:
        yield Finding(
            check="crypto", state=State.OK, what=f"SM2, SM3 and SM4 give the published answers: {facts.engine}"
        )


def secrets(facts: SecretFacts) -> Iterator[Finding]:
    """Whose the secret files are, and who reads them."""
    for problem in facts.problems:
        yield Finding(
            check="key files",
            state=State.CRITICAL,
            what=problem,
            why="whoever reads or replaces a key acts as this province; the node refuses to start with it",
            todo="run the command that the sentence names; if others could read a key, have it replaced",
        )
    if not facts.problems:
        yield Finding(
            check="key files", state=State.OK, what=f"{facts.files} secret files in {facts.folder} are private"
        )


def pairs(facts: PairFacts) -> Iterator[Finding]:
    """Every key opens and belongs to its certificate."""
    if facts.unopened:
        yield Finding(
            check="key pairs",
            state=State.NOTICE if facts.elsewhere else State.CRITICAL,
            what=f"the keys were not opened: {facts.unopened}",
            why="whether they fit their certificates is not known",
            todo="give this shell the passphrase's source" if facts.elsewhere else "correct the passphrase's source",
        )
        return
    for problem in facts.problems:
        yield Finding(
            check="key pairs",
            state=State.CRITICAL,
            what=problem,
            why="the node cannot sign, or open what is sealed to it",
            todo="put back the pair that belongs together, or install a certificate for this key",
        )
    if not facts.problems:
        yield Finding(check="key pairs", state=State.OK, what=f"{facts.pairs} keys open and fit their certificates")


def chains(facts: ChainFacts) -> Iterator[Finding]:
    """Our certificates as a peer would judge them."""
    for problem in facts.problems:
        yield Finding(
            check="chains",
            state=State.CRITICAL,
            what=problem,
            why="peers refuse what this node signs, or cannot seal to it",
            todo="have the CA issue a certificate: `certmesh identity request`, then `identity install` and a new membership",
            owner=Owner.CA,
        )
    if facts.named is False:
        yield Finding(
            check="chains",
            state=State.CRITICAL,
            what=f"the membership does not name the certificates of this folder for {facts.province}",
            why="peers believe what the membership names and nothing else",
            todo="put back the keys that it names, or have the others sign a membership with the new ones",
        )
    if not facts.problems and facts.named is not False:
        yield Finding(check="chains", state=State.OK, what=f"the chains of {facts.province} hold")
