"""`certmesh evidence questions`: what auditors ask, and the command that answers each. Clauses 8.5, 10; REQUIREMENTS §6 (审计员).

A table of texts: names in braces stand for what the auditor fills in, `-c NODE.toml` is left out where every command takes it. A test runs
every command on a real mesh.
"""

import json
from dataclasses import asdict, dataclass

import typer

from node.cli.options import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuestion:
    """One question in Chinese and English, and its command; `asks_for` is what the command reads from stdin."""

    zh: str
    en: str
    command: str
    asks_for: str = ""


def _q(zh: str, en: str, command: str, asks_for: str = "") -> AuditQuestion:
    return AuditQuestion(zh=zh, en=en, command=command, asks_for=asks_for)


QUESTIONS = (
    _q(
        "三月份谁用过这本证照？",
        "Who saw this certificate in March?",
        "evidence find --certificate {certificate} --type RETRIEVE --in {month}",
    ),
    _q(
        "某用证单位被拒绝过哪些请求，为什么？",
        "Which refusals did this unit get, and why?",
        "evidence find --unit {unit} --refused",
    ),
    _q(
        "怎样证明存证没有被删改？",
        "Prove that nothing was removed or changed: every entry hashed again, and who else has seen the head.",
        "evidence verify",
    ),
    _q(
        "与其他省（市）的记录是否一致？",
        "Do our records and another province's agree? (asks now)",
        "evidence reconcile {peer} --grace 0s",
    ),
    _q("哪一方缺了哪些记录？", "Which records does one side lack?", "evidence missing"),
    _q(
        "这次交换双方都留下了什么？",
        "What did this exchange leave in our log?",
        "evidence show {exchange}",
    ),
    _q(
        "这次交换在哪一步、因谁而失败？",
        "At which step did this exchange fail, and whose fault was it?",
        "explain {exchange}",
    ),
    _q(
        "怎样向法院证明这条记录在日志中？",
        "Prove to a court that these entries stand in the log.",
        "evidence prove {exchange} -o {folder}",
    ),
    _q(
        "怎样向法院出示一次用证的全部证据？",
        "Hand over one use with all that proves it, in one file.",
        "proof make {exchange} -o {folder}/proof.zip",
    ),
    _q(
        "某持证主体的证照被谁查用过？",
        "Who used this holder's certificates?",
        "evidence find --holder {holder_type}",
        "holder",
    ),
    _q(
        "某经办人查询过多少次、做了什么？",
        "What did this operator do, and how often?",
        "evidence find --operator --count-by step",
        "operator",
    ),
    _q(
        "各用证单位各取用了多少次？",
        "How often did each unit retrieve?",
        "evidence find --type RETRIEVE --count-by unit",
    ),
    _q("每个月用证多少次？", "How many retrievals each month?", "evidence find --type RETRIEVE --count-by month"),
    _q(
        "对方省（市）取走了我省哪些证照？",
        "What did that province take from us, or we from it?",
        "evidence find --peer {peer} --type RETRIEVE --count-by certificate",
    ),
    _q(
        "哪些查询结果不完整？",
        "Which searches were not complete?",
        "evidence find --type SEARCH --result INCOMPLETE",
    ),
    _q(
        "某省（市）何时没有应答？",
        "When did that province not answer?",
        "evidence find --peer {peer} --result TIMEOUT",
    ),
    _q(
        "某用证事项下取用了哪些字段和文件？",
        "What was retrieved under this item?",
        "evidence find --item {item} --type RETRIEVE",
    ),
    _q(
        "有没有超出授权提供数据？",
        "Was more delivered than verdict and line allowed?",
        "evidence audit-fields",
    ),
    _q("依据某条用证清单做过哪些核验？", "Which applications rest on this line?", "evidence find --line {line}"),
    _q(
        "用证清单是谁、何时改的？",
        "Who changed the use list, and when?",
        "evidence find --type LIST_CHANGE",
    ),
    _q("目录是谁、何时改的？", "Who changed the catalogue, and when?", "evidence find --type CATALOG_CHANGE"),
    _q(
        "某项授权被谁使用过、何时撤回？",
        "How was this consent used, and when was it taken back?",
        "evidence find --consent {consent}",
    ),
    _q("哪些停用令生效？", "Which stop orders are in force?", "orders"),
    _q("出现过哪些用证异常告警？", "Which alarms were raised?", "alarms"),
    _q("哪些告知没有送达？", "Which notices were not delivered?", "notices list --state dead"),
    _q("依法暂缓了哪些告知，依据是什么？", "Which notices were deferred, on which ground?", "notices deferrals"),
    _q("有哪些异议未按期答复？", "Which objections are waiting, and which are overdue?", "objections list"),
    _q("删除了哪些内容、何时、依据什么？", "What was erased, when and why?", "evidence find --type ERASE"),
    _q("哪些内容因诉讼、异议被留存？", "What is on hold?", "contents holds"),
    _q(
        "成员名单和密钥有过哪些变更？",
        "Which changes of members and keys were there?",
        "evidence find --type MEMBERSHIP",
    ),
    _q(
        "整本日志能否交给第三方复核？",
        "Hand the whole log to a third party to verify.",
        "evidence export {folder}/log",
    ),
    _q("证照数据有哪些质量问题？", "What is amiss with the data of certificates?", "quality"),
)


def add_to(app: typer.Typer) -> None:
    """Add the command to the `evidence` group."""
    app.command("questions")(questions)


def questions(*, as_json: Json = False) -> None:
    """List what auditors ask, each with the command that answers it; add `-c NODE.toml` to each."""
    if as_json:
        print(json.dumps([asdict(one) for one in QUESTIONS], ensure_ascii=False, indent=2))
        return
    for number, one in enumerate(QUESTIONS, 1):
        print(f"{number:2}. {one.zh}\n    {one.en}\n    certmesh {one.command}")
