"""Objections (异议) to certificates: raised anywhere, answered by the issuer's province, known to whoever used the certificate. P5.

`casebook` is what every part does to a case inside a unit of work; `raising` serves line systems, `deciding` managers, `receiving` peers;
`telling` works off what peers are to be told, `watching` what time brings; `marking` marks certificates in search.
"""
