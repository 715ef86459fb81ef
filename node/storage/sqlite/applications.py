"""Applications, verdicts and spent uses in SQLite. See `node.ports.applications.Applications`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from node.ports.applications import Begun, GivenVerdict, OwnApplication, ReceivedVerdict
from node.ports.store import StoreError
from node.storage.sqlite.session import Session
from node.storage.sqlite.values import from_array, from_ms, to_array, to_ms

_PUT_OWN = """
INSERT OR IGNORE INTO own_application (apply_id, app_id, holder_digest, sealed, created_at, expires_at)
VALUES (?, ?, ?, ?, ?, ?)
"""
_OWN = "SELECT app_id, holder_digest, sealed, created_at, expires_at FROM own_application WHERE apply_id = ?"
_PROLONG = "UPDATE own_application SET expires_at = ? WHERE apply_id = ? AND expires_at < ?"
_PUT_GIVEN = """
INSERT INTO given_verdict (consumer, apply_id, holder_digest, type_codes, outputs, fields, use_code_digest,
  use_org_code, use_org_name, item_code, item_name, use_cause, expires_at, use_list_id, line_version, operator,
  consent_province, consent_id, consent_key, consent_home, period)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (consumer, apply_id) DO UPDATE SET holder_digest = excluded.holder_digest, type_codes = excluded.type_codes,
  outputs = excluded.outputs, fields = excluded.fields, use_code_digest = excluded.use_code_digest,
  use_org_code = excluded.use_org_code, use_org_name = excluded.use_org_name, item_code = excluded.item_code,
  item_name = excluded.item_name, use_cause = excluded.use_cause, expires_at = excluded.expires_at,
  use_list_id = excluded.use_list_id, line_version = excluded.line_version, operator = excluded.operator,
  consent_province = excluded.consent_province, consent_id = excluded.consent_id, consent_key = excluded.consent_key,
  consent_home = excluded.consent_home, period = excluded.period
WHERE given_verdict.period = excluded.period - 1
"""
_GIVEN = """
SELECT holder_digest, type_codes, outputs, fields, use_code_digest,
  use_org_code, use_org_name, item_code, item_name, use_cause, expires_at, use_list_id, line_version, operator,
  consent_province, consent_id, consent_key, consent_home, period
FROM given_verdict WHERE consumer = ? AND apply_id = ?
"""
_PUT_RECEIVED = """
INSERT OR REPLACE INTO received_verdict
  (apply_id, provider, result, reason, detail, type_codes, use_code, expires_at, outputs, fields)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_RECEIVED = """
SELECT provider, result, reason, detail, type_codes, use_code, expires_at, outputs, fields FROM received_verdict
WHERE apply_id = ? ORDER BY provider
"""
_REDEEM = """
INSERT OR IGNORE INTO redemption (consumer, apply_id, period, identifier, output, exchange_id)
VALUES (?, ?, ?, ?, ?, ?)
"""
_REDEEMED = """
SELECT exchange_id FROM redemption
WHERE consumer = ? AND apply_id = ? AND period = ? AND identifier = ? AND output = ?
"""
_REDEEMED_BEFORE = """
SELECT 1 FROM redemption
WHERE consumer = ? AND apply_id = ? AND period != ? AND identifier = ? AND output = ? AND exchange_id = ? LIMIT 1
"""
_CONSUMERS_OF = "SELECT DISTINCT consumer FROM redemption WHERE identifier = ? ORDER BY consumer"
_BEGIN = "INSERT OR IGNORE INTO begun_exchange (exchange_id, provider, use_code, until) VALUES (?, ?, ?, ?)"
_BEGUN = "SELECT provider, use_code, until FROM begun_exchange WHERE exchange_id = ?"
_PUT_FOUND = "INSERT OR IGNORE INTO found (apply_id, identifier, province) VALUES (?, ?, ?)"
_FOUND = "SELECT province FROM found WHERE apply_id = ? AND identifier = ? ORDER BY province"
_OVERWRITE = "UPDATE own_application SET sealed = zeroblob(length(sealed)) WHERE apply_id = ?"
_ERASE_OWN = """
UPDATE own_application SET sealed = x'', holder_digest = '', expires_at = min(expires_at, ?)
WHERE apply_id = ? AND sealed <> x''
"""
_ERASE_GIVEN = """
UPDATE given_verdict SET holder_digest = '', use_code_digest = '', use_cause = '', operator = '', consent_id = '',
  consent_key = '', consent_home = '', expires_at = min(expires_at, ?)
WHERE apply_id = ? AND holder_digest <> ''
"""
_ERASE_RECEIVED = "DELETE FROM received_verdict WHERE apply_id = ?"
_ERASE_FOUND = "DELETE FROM found WHERE apply_id = ?"
_ENDED = """
SELECT apply_id FROM (
  SELECT apply_id FROM own_application WHERE expires_at < ? AND sealed <> x''
  UNION ALL
  SELECT apply_id FROM given_verdict WHERE expires_at < ? AND holder_digest <> ''
) WHERE apply_id NOT IN (SELECT subject FROM hold) LIMIT ?
"""


class SqliteApplications:
    """Tables own_application, given_verdict, received_verdict, redemption, begun_exchange and found."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def put_own(self, application: OwnApplication) -> None:
        """Keep an application."""
        a = application
        times = (to_ms(a.created_at), to_ms(a.expires_at))
        if not self._session.write(_PUT_OWN, (a.apply_id, a.app_id, a.holder_digest, a.sealed, *times)):
            raise StoreError("this application is held already")

    def own(self, apply_id: str) -> OwnApplication | None:
        """An application of ours."""
        row = self._session.row(_OWN, (apply_id,))
        if row is None:
            return None
        app_id, holder_digest, sealed, created_at, expires_at = row
        return OwnApplication(
            apply_id=apply_id,
            app_id=app_id,
            holder_digest=holder_digest,
            sealed=sealed,
            created_at=from_ms(created_at),
            expires_at=from_ms(expires_at),
        )

    def prolong(self, apply_id: str, until: datetime) -> None:
        """Let an application hold longer."""
        self._session.write(_PROLONG, (to_ms(until), apply_id, to_ms(until)))

    def put_given(self, verdict: GivenVerdict) -> None:
        """Keep a verdict we gave."""
        v = verdict
        lists = (to_array(v.type_codes), to_array(v.outputs), to_array(v.fields))
        use = (v.use_code_digest, v.use_org_code, v.use_org_name, v.item_code, v.item_name, v.use_cause)
        row = (
            v.consumer,
            v.apply_id,
            v.holder_digest,
            *lists,
            *use,
            to_ms(v.expires_at),
            v.use_list_id,
            v.line_version,
            v.operator,
            v.consent_province,
            v.consent_id,
            v.consent_key,
            v.consent_home,
            v.period,
        )
        if not self._session.write(_PUT_GIVEN, row):
            raise StoreError("a verdict for this application is held already")

    def given(self, consumer: str, apply_id: str) -> GivenVerdict | None:
        """The verdict we gave."""
        row = self._session.row(_GIVEN, (consumer, apply_id))
        if row is None:
            return None
        (
            holder_digest,
            types,
            outputs,
            fields,
            digest,
            org_code,
            org_name,
            item_code,
            item_name,
            cause,
            expires_at,
            use_list_id,
            line_version,
            operator,
            consent_province,
            consent_id,
            consent_key,
            consent_home,
            period,
        ) = row
        return GivenVerdict(
            consumer=consumer,
            apply_id=apply_id,
            holder_digest=holder_digest,
            type_codes=from_array(types),
            outputs=from_array(outputs),
            fields=from_array(fields),
            use_code_digest=digest,
            use_org_code=org_code,
            use_org_name=org_name,
            item_code=item_code,
            item_name=item_name,
            use_cause=cause,
            expires_at=from_ms(expires_at),
            use_list_id=use_list_id,
            line_version=line_version,
            operator=operator,
            consent_province=consent_province,
            consent_id=consent_id,
            consent_key=consent_key,
            consent_home=consent_home,
            period=period,
        )

    def put_received(self, verdict: ReceivedVerdict) -> None:
        """Keep or replace a verdict we were given."""
        v = verdict
        key = (v.apply_id, v.provider)
        row = (v.result, v.reason, v.detail, to_array(v.type_codes), v.use_code, to_ms(v.expires_at))
        self._session.write(_PUT_RECEIVED, (*key, *row, to_array(v.outputs), to_array(v.fields)))

    def received(self, apply_id: str) -> Sequence[ReceivedVerdict]:
        """The verdicts we were given."""
        rows = self._session.rows(_RECEIVED, (apply_id,))
        return [
            ReceivedVerdict(
                apply_id=apply_id,
                provider=provider,
                result=result,
                reason=reason,
                detail=detail,
                type_codes=from_array(types),
                use_code=use_code,
                expires_at=from_ms(expires_at),
                outputs=from_array(outputs),
                fields=from_array(fields),
            )
            for provider, result, reason, detail, types, use_code, expires_at, outputs, fields in rows
        ]

    def redeem(
        self, *, consumer: str, apply_id: str, period: int, identifier: str, output: str, exchange_id: str
    ) -> str:
        """Spend one use, or say which exchange spent it."""
        use = (consumer, apply_id, period, identifier, output)
        if self._session.row(_REDEEMED_BEFORE, (*use, exchange_id)) is not None:
            return ""
        if self._session.write(_REDEEM, (*use, exchange_id)):
            return exchange_id
        row = self._session.row(_REDEEMED, use)
        assert row is not None, "the insert was ignored because the use is spent"
        return str(row[0])

    def erase(self, apply_id: str, now: datetime) -> Mapping[str, int]:
        """Empty or forget the rows."""
        write, ended = self._session.write, (to_ms(now), apply_id)
        write(_OVERWRITE, (apply_id,))
        gone = {
            "application": write(_ERASE_OWN, ended),
            "given": write(_ERASE_GIVEN, ended),
            "received": write(_ERASE_RECEIVED, (apply_id,)),
            "found": write(_ERASE_FOUND, (apply_id,)),
        }
        return {kind: number for kind, number in gone.items() if number}

    def ended(self, before: datetime, limit: int) -> Sequence[str]:
        """Those that may go."""
        rows = self._session.rows(_ENDED, (to_ms(before), to_ms(before), limit))
        return sorted({apply_id for (apply_id,) in rows})

    def consumers_of(self, identifier: str) -> Sequence[str]:
        """Who made a use of this certificate."""
        return [consumer for (consumer,) in self._session.rows(_CONSUMERS_OF, (identifier,))]

    def begin(self, exchange_id: str, begun: Begun) -> None:
        """Remember what an exchange began with."""
        self._session.write(_BEGIN, (exchange_id, begun.provider, begun.use_code, to_ms(begun.until)))

    def begun(self, exchange_id: str) -> Begun | None:
        """What an exchange began with."""
        row = self._session.row(_BEGUN, (exchange_id,))
        return None if row is None else Begun(provider=row[0], use_code=row[1], until=from_ms(row[2]))

    def put_found(self, apply_id: str, found: Iterable[tuple[str, str]]) -> None:
        """Remember what a search named."""
        self._session.write_many(_PUT_FOUND, ((apply_id, identifier, province) for identifier, province in found))

    def found(self, apply_id: str, identifier: str) -> Sequence[str]:
        """The provinces that named this identifier."""
        return [province for (province,) in self._session.rows(_FOUND, (apply_id, identifier))]
