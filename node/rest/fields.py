"""Bounded types of the fields that come in over REST. Not the models (they are with their nouns) and no code tables (the use-cases').

Lengths: REQUIREMENTS 7.2 and S5–S7. Every text is plain: no control characters, so that nothing can forge a line in a log or a file.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from federation.model.application import MAX_CONSENT_BYTES

_PLAIN = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"

Word = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_PLAIN)]
OptionalWord = Annotated[str, StringConstraints(max_length=64, pattern=_PLAIN)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_PLAIN)]
OptionalText = Annotated[str, StringConstraints(max_length=200, pattern=_PLAIN)]
HolderCode = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PLAIN)]
Number = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PLAIN)]
Value = Annotated[str, StringConstraints(max_length=1000, pattern=_PLAIN)]
OptionalNumber = Annotated[str, StringConstraints(max_length=128, pattern=_PLAIN)]
CertificateId = Annotated[str, StringConstraints(max_length=128, pattern=r"^[0-9A-Za-z.]*$")]
OptionalHolderCode = Annotated[str, StringConstraints(max_length=128, pattern=_PLAIN)]
HolderType = Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
OptionalHolderType = Annotated[str, StringConstraints(pattern=r"^([0-9]{3})?$")]
Area = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
OptionalArea = Annotated[str, StringConstraints(pattern=r"^([0-9]{6})?$")]
RequestId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Token = Annotated[str, StringConstraints(min_length=1, max_length=512, pattern=r"^[!-~]+$")]

Handle = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{32,64})?$")]
Sm3 = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]
ConsentId = Annotated[str, StringConstraints(pattern=r"^([0-9A-Za-z-]{1,64})?$")]
ConsentDocument = Annotated[str, StringConstraints(max_length=MAX_CONSENT_BYTES, pattern=r"^[ -~]*$")]

Words = Annotated[tuple[Word, ...], Field(max_length=64)]
SomeWords = Annotated[tuple[Word, ...], Field(min_length=1, max_length=64)]
Areas = Annotated[tuple[Area, ...], Field(max_length=40)]
