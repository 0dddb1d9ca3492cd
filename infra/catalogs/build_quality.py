"""Write services/registry/catalogs/quality.yaml from two published leaderboards.

    ROUTEYARD_DATA=<folder of the data sets> python -m infra.catalogs.build_quality

The same data give the same file, to the byte.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

import yaml

from infra.catalogs.names import model_of
from infra.catalogs.scales import completed

TARGET = Path(__file__).parents[2] / "services" / "registry" / "catalogs" / "quality.yaml"
AIDER = Path("quality", "aider", "polyglot_leaderboard.yml")
TAU2 = Path("quality", "tau2_leaderboard_submissions.json")
DOMAINS = ("airline", "banking_knowledge", "retail", "telecom")
CODE = "code_generation"
TOOLS = "tool_call"
GENERAL = "general"

HEADER = """\
# Written by infra/catalogs/build_quality.py; do not edit, run it again.
#
# Sources
#   Aider polyglot leaderboard, https://github.com/Aider-AI/aider (Apache-2.0),
#     {aider_runs} runs dated {aider_from} to {aider_to}.
#   tau2-bench leaderboard, https://github.com/sierra-research/tau2-bench (MIT),
#     {tau2_runs} submissions dated {tau2_from} to {tau2_to}.
#
# Computation (all scores are shares from 0 to 1, of three decimals)
#   code_generation  Aider: the best pass_rate_2 of a model's runs, any setting, one model alone.
#   tool_call        tau2: the mean of pass_1 over the four text domains (airline, retail, telecom,
#                    banking_knowledge). Counted are standard text submissions to tau2-bench without
#                    modified prompts or omitted questions; of several, the one with most domains,
#                    then the best. Where a model did not take a domain, the share that a Rasch fit
#                    expects stands in (infra/catalogs/scales.py): the newest models took nothing
#                    but banking_knowledge, by far the hardest, so that a mean of what is known
#                    would rank them last. {linked} models took all four and tie them together.
#   general          The mean of code_generation and tool_call; where one is not known, what the
#                    same fit over all five tests expects of it.
#   precision        Per task, over the scored models: low the 25th percentile, standard the 50th,
#                    high the 75th.
#
# A score compares models on one task; it is not comparable across tasks. Names that do not stand
# for one model with certainty are left out: {unmatched_count} of them,
{unmatched}
"""


def main() -> None:
    """Write the file."""
    folder = os.environ.get("ROUTEYARD_DATA")
    if not folder:
        sys.exit("Set ROUTEYARD_DATA to the folder of the data sets.")
    aider = yaml.safe_load((Path(folder) / AIDER).read_text())
    tau2 = json.loads((Path(folder) / TAU2).read_text())
    TARGET.write_text(document(aider, tau2))
    print(f"wrote {TARGET.name}")


def document(aider: list[dict[str, Any]], tau2: list[dict[str, Any]]) -> str:
    """The whole file."""
    unmatched: set[str] = set()
    code = best_runs(aider, unmatched)
    shares = best_submissions(tau2, unmatched)
    scores = scored(code, shares)
    content = {
        "precision": {task: floors(scores, task) for task in (CODE, GENERAL, TOOLS)},
        "models": {
            model: {"quality": scores[model], "evidence": evidence(code, shares, model)}
            for model in sorted(scores)
        },
    }
    body = yaml.safe_dump(content, sort_keys=False, width=100)
    return header(aider, tau2, shares, unmatched) + "\n" + body


def best_runs(aider: list[dict[str, Any]], unmatched: set[str]) -> dict[str, float]:
    """The best share of solved exercises, by model."""
    best: dict[str, float] = {}
    for run in aider:
        model = model_of(run["model"])
        if model is None:
            unmatched.add(run["model"])
        else:
            best[model] = max(best.get(model, 0.0), run["pass_rate_2"] / 100)
    return best


def best_submissions(
    tau2: list[dict[str, Any]], unmatched: set[str]
) -> dict[str, dict[str, float]]:
    """The shares of solved tasks by domain, by model."""
    best: dict[str, dict[str, float]] = {}
    for submission in filter(is_counted, tau2):
        model = model_of(submission["model_name"])
        shares = domain_shares(submission)
        if model is None:
            unmatched.add(submission["model_name"])
        elif shares and _rank(shares) > _rank(best.get(model, {})):
            best[model] = shares
    return best


def is_counted(submission: Mapping[str, Any]) -> bool:
    """True for a model alone, in text, on the published tasks and prompts."""
    method = submission.get("methodology") or {}
    checks = method.get("verification") or {}
    return (
        submission.get("submission_type") != "custom"
        and submission.get("modality") != "voice"
        and method.get("tau2_bench_version") != "original tau-bench"
        and not checks.get("modified_prompts")
        and not checks.get("omitted_questions")
    )


def domain_shares(submission: Mapping[str, Any]) -> dict[str, float]:
    """The share of tasks solved at the first try, by domain."""
    results = submission["results"]
    return {
        domain: results[domain]["pass_1"] / 100
        for domain in DOMAINS
        if results.get(domain) and results[domain].get("pass_1") is not None
    }


def scored(
    code: Mapping[str, float], shares: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """All scores by model and task."""
    tools = {model: mean(each.values()) for model, each in completed(shares).items()}
    everything = {
        model: {**({CODE: code[model]} if model in code else {}), **shares.get(model, {})}
        for model in {*code, *shares}
    }
    expected = completed(dict(sorted(everything.items())))
    scores: dict[str, dict[str, float]] = {}
    for model, each in expected.items():
        own_tools = tools.get(model, mean(each[domain] for domain in DOMAINS))
        known = {CODE: code.get(model), TOOLS: tools.get(model)}
        scores[model] = {
            task: round(score, 3)
            for task, score in {**known, GENERAL: mean((each[CODE], own_tools))}.items()
            if score is not None
        }
    return {model: dict(sorted(each.items())) for model, each in scores.items()}


def floors(scores: Mapping[str, Mapping[str, float]], task: str) -> dict[str, float]:
    """What low, standard and high mean for a task."""
    known = [each[task] for each in scores.values() if task in each]
    return {
        name: round(floor, 3)
        for name, floor in zip(
            ("low", "standard", "high"), quantiles(known, n=4, method="inclusive"), strict=True
        )
    }


def evidence(
    code: Mapping[str, float], shares: Mapping[str, Mapping[str, float]], model: str
) -> str:
    """What was measured, in words."""
    parts = [f"Aider polyglot {code[model]:.1%}"] if model in code else []
    if model in shares:
        measured = ", ".join(f"{domain} {share:.1%}" for domain, share in shares[model].items())
        parts.append(f"tau2 {measured}")
    return "; ".join(parts)


def header(
    aider: list[dict[str, Any]],
    tau2: list[dict[str, Any]],
    shares: Mapping[str, Mapping[str, float]],
    unmatched: set[str],
) -> str:
    """What the file says about itself."""
    runs = sorted(str(run["date"]) for run in aider)
    submitted = sorted(submission["submission_date"] for submission in tau2)
    return HEADER.format(
        aider_runs=len(aider),
        aider_from=runs[0],
        aider_to=runs[-1],
        tau2_runs=len(tau2),
        tau2_from=submitted[0],
        tau2_to=submitted[-1],
        linked=sum(len(each) == len(DOMAINS) for each in shares.values()),
        unmatched_count=len(unmatched),
        unmatched="\n".join(f"#   {name}" for name in sorted(unmatched)),
    )


def _rank(shares: Mapping[str, float]) -> tuple[int, float]:
    return (len(shares), sum(shares.values()))


if __name__ == "__main__":
    main()
