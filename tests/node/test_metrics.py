"""The metrics page says what happened and what is, in Prometheus's names."""

from prometheus_client.parser import text_string_to_metric_families

from node.metrics import Levels, Metrics


def _samples(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    """Sample values by name and labels, these in the order of their names."""
    families = text_string_to_metric_families(metrics.render().decode())
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
        if not sample.name.endswith(("_created", "_bucket", "_sum"))
    }


def test_what_happens_is_counted() -> None:
    metrics = Metrics(Levels)
    metrics.request("rest", "/elc/v1/search", "0", 0.01)
    metrics.request("rest", "/elc/v1/search", "0", 0.02)
    metrics.request("rest", "/elc/v1/search", "209", 0.02)
    metrics.peer_call("330000", "Search", "TIMEOUT")
    metrics.peer_bytes("330000", "Search", 10, 200)
    metrics.job_failed("outbox")
    metrics.order("taken")
    metrics.order("TOO_MANY")
    metrics.forked("330000")
    metrics.webhook("app", "RECEIVED")
    metrics.line_call("provider", "PASS")
    metrics.line_call("consumer", "LIMIT_REACHED")
    metrics.limited("consumer", "line/day")
    metrics.lines({"ACTIVE": 9, "WAITING": 1}, {3: 5})
    metrics.lines({"ACTIVE": 4}, {3: 2})

    expected = {
        ("certmesh_requests_total", ("0", "rest", "/elc/v1/search")): 2.0,
        ("certmesh_requests_total", ("209", "rest", "/elc/v1/search")): 1.0,
        ("certmesh_request_seconds_count", ("rest", "/elc/v1/search")): 3.0,
        ("certmesh_peer_calls_total", ("Search", "TIMEOUT", "330000")): 1.0,
        ("certmesh_peer_bytes_total", ("sent", "Search", "330000")): 10.0,
        ("certmesh_peer_bytes_total", ("received", "Search", "330000")): 200.0,
        ("certmesh_job_failures_total", ("outbox",)): 1.0,
        ("certmesh_orders_total", ("taken",)): 1.0,
        ("certmesh_orders_total", ("TOO_MANY",)): 1.0,
        ("certmesh_peer_log_forks_total", ("330000",)): 1.0,
        ("certmesh_webhook_posts_total", ("RECEIVED", "app")): 1.0,
        ("certmesh_deferrals_in_force", ()): 0.0,
        ("certmesh_line_calls_total", ("PASS", "provider")): 1.0,
        ("certmesh_line_calls_total", ("LIMIT_REACHED", "consumer")): 1.0,
        ("certmesh_limit_refusals_total", ("line/day", "consumer")): 1.0,
        ("certmesh_lines", ("ACTIVE",)): 4.0,
        ("certmesh_lines_unused", ("3",)): 2.0,
        ("certmesh_evidence_size", ()): 0.0,
        ("certmesh_library_certificates", ()): 0.0,
        ("certmesh_clock_jumps", ()): 0.0,
        ("certmesh_clock_last_jump_seconds", ()): 0.0,
        ("certmesh_membership_version", ()): 0.0,
        ("certmesh_membership_expired", ()): 0.0,
        ("certmesh_membership_expires_timestamp_seconds", ()): 0.0,
    }

    assert expected == _samples(metrics)


def test_states_are_read_at_each_scrape_and_what_is_gone_leaves_no_line() -> None:
    readings = iter(
        [
            Levels(
                peer_up={"330000": True, "340000": False},
                outbox_items={("330000", "waiting"): 2},
                outbox_oldest_s={"330000": 61.5},
                deferrals=1,
                publication_versions={("catalogue", "330000"): 3},
                evidence_size=17,
                library_certificates=5,
                stops={"LINE": 2, "PEER": 0},
                certificate_days={("330000", "signing"): 29},
                crl_age_s={"330000": 90.5},
                crl_fresh={"330000": True, "340000": False},
                clock_offset_s={"330000": -0.25},
                clock_jumps=2,
                clock_last_jump_s=-3600.0,
                membership_version=4,
                membership_expired=True,
                membership_expires=1772366400.0,
                membership_held={"330000": 3},
            ),
            Levels(peer_up={"330000": False}),
        ]
    )
    metrics = Metrics(lambda: next(readings))
    first, second = _samples(metrics), _samples(metrics)

    assert first == {
        ("certmesh_stops_in_force", ("LINE",)): 2.0,
        ("certmesh_stops_in_force", ("PEER",)): 0.0,
        ("certmesh_peer_up", ("330000",)): 1.0,
        ("certmesh_peer_up", ("340000",)): 0.0,
        ("certmesh_outbox_items", ("330000", "waiting")): 2.0,
        ("certmesh_outbox_oldest_seconds", ("330000",)): 61.5,
        ("certmesh_deferrals_in_force", ()): 1.0,
        ("certmesh_publication_version", ("catalogue", "330000")): 3.0,
        ("certmesh_evidence_size", ()): 17.0,
        ("certmesh_library_certificates", ()): 5.0,
        ("certmesh_certificate_days_left", ("signing", "330000")): 29.0,
        ("certmesh_crl_age_seconds", ("330000",)): 90.5,
        ("certmesh_crl_fresh", ("330000",)): 1.0,
        ("certmesh_crl_fresh", ("340000",)): 0.0,
        ("certmesh_clock_offset_seconds", ("330000",)): -0.25,
        ("certmesh_clock_jumps", ()): 2.0,
        ("certmesh_clock_last_jump_seconds", ()): -3600.0,
        ("certmesh_membership_version", ()): 4.0,
        ("certmesh_membership_expired", ()): 1.0,
        ("certmesh_membership_expires_timestamp_seconds", ()): 1772366400.0,
        ("certmesh_membership_peer_version", ("330000",)): 3.0,
    }
    assert {key: second[key] for key in second if "peer" in key[0]} == {("certmesh_peer_up", ("330000",)): 0.0}


def test_two_nodes_in_one_process_count_apart() -> None:
    one, other = Metrics(Levels), Metrics(Levels)
    one.job_failed("outbox")

    assert ("certmesh_job_failures_total", ("outbox",)) not in _samples(other)
