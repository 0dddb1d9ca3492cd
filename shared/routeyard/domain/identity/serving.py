"""What a name says about how a model is served, which is not about which model it is."""

from __future__ import annotations

import re

from routeyard.domain.identity.result import Trail

# Tiers, routes and moving pointers of routers and clouds.
_SERVING = re.compile(
    r"(?::(?:free|beta|extended|thinking|nitro|floor|online|exacto|fast|fastest|cheapest|batch|flex|priority|latest)"
    r"|:(?:thinking:)?\d{3,6}|:(?:low|medium|high|max|xhigh|minimal|none)|:[0-9a-f]{16,64}|@(?:default|latest|\d{3})"
    r"|-maas|-tee|-hf|-free|-flex|-tput|-high-throughput|-original|-cloud|-bedrock|:cloud)$"
)
_POINTER = re.compile(r"-latest$")
_MANTLE = re.compile(r"(?<=\d):\d{1,2}(?::\w+)?$")
_FIRST_VERSION = re.compile(r"-v1$")
_LATER_VERSION = re.compile(r"(20\d{6})-v\d+$")
_QUANTIZED = re.compile(
    r"[-:@._]((?:i?q[2-8](?:_[0-9k])?(?:_(?:xxs|xs|s|m|l|xl|nl))?"
    r"|(?:nv|mx|b|w)?(?:fp|bf|f)(?:4|6|8|16|32)(?:-dynamic|-block|_scaled|-draft)?"
    r"|(?:u?int|mxint)(?:4|8)(?:-mixed-ar|-mixed|-awq|-autoround)?|w[48]a(?:8|16)|[2-8]-?bits?|bnb-4bit"
    r"|(?:awq|gptq|exl2|gguf|mlx|marlin|autoround|nf4|qat)(?:-(?:int)?[348](?:-?bit)?|-q4_0)?|quantized(?:\.w\da\d+)?))$"
)
# Families whose makers let the bare name move in the same way.
_SAME_UNDATED = re.compile(r"^(?:qwen-|mistral-(?:large|medium|small)|codestral|magistral|pixtral)")
# Speeds of one set of weights. Labs that sell a model of their own called fast keep the word.
_SPEED = re.compile(r"-(?:fast|lightning)$")
_OWN_FAST = re.compile(
    r"^(?:grok|morph|relace|qianfan|sonar|veo|imagen|wan|flux|kling|sora|hailuo|gemini|ltx|pixverse"
    r"|seedance|seedream|runway|gen4|luma|ray|lyria|whisper|nova|qwen-image|z-image|prunaai|recraft|mercury)"
)


def strip_serving(trail: Trail, *, is_bedrock: bool) -> None:
    """Take off suffixes until none is left: they may stand in any order."""
    before = None
    while before != trail.name:
        before = trail.name
        _strip_pointer(trail)
        trail.becomes(_SERVING.sub("", trail.name), "serving suffix")
        _strip_quantization(trail)
        _strip_version(trail, is_bedrock=is_bedrock)
        _strip_speed(trail)


def _strip_pointer(trail: Trail) -> None:
    """A version's newest release is that version; a family's newest model is a moving name."""
    shorter = _POINTER.sub("", trail.name)
    if shorter == trail.name:
        return
    if not re.search(r"\d", shorter):
        trail.doubt(f"{trail.name} moves: which model it stands for is not in the name")
    if re.search(r"\d", shorter) or _SAME_UNDATED.match(shorter):
        trail.becomes(shorter, "newest release")


def _strip_quantization(trail: Trail) -> None:
    match = _QUANTIZED.search(trail.name)
    if match is None or match.start() == 0:
        return
    quantization = match[1]
    if trail.becomes(trail.name[: match.start()], f"quantization {quantization}"):
        trail.quantization = trail.quantization or quantization


def _strip_version(trail: Trail, *, is_bedrock: bool) -> None:
    """Bedrock numbers its deployments behind the name: `-v1:0`, `-1:0`, `-v1:0:200k`."""
    name = trail.name
    # Of these the number is the model's own: `mistral-7b-instruct-v0:2`, `claude-v2:1`.
    name = re.sub(r"-v0:(\d)$", r"-v0.\1", name)
    name = re.sub(r"^(claude(?:-instant)?-v\d):([1-9])(?::\w+)?$", r"\1.\2", name)
    deployed = _MANTLE.sub("", name)
    if deployed != name:
        deployed = re.sub(r"^(gpt-oss-.*)-1$", r"\1", deployed)
    if deployed != name or is_bedrock:
        deployed = _LATER_VERSION.sub(r"\1", deployed)
        if not re.match(r"titan-|claude-v1|claude-instant-v1|sd|stable-diffusion-xl", deployed):
            deployed = _FIRST_VERSION.sub("", deployed)
    trail.becomes(deployed, "Bedrock version")


def _strip_speed(trail: Trail) -> None:
    shorter = _SPEED.sub("", trail.name)
    if shorter == trail.name or not re.search(r"\d", shorter) or _OWN_FAST.match(trail.name):
        return
    trail.doubt(f"{trail.name} is taken for {shorter} served faster")
    trail.becomes(shorter, "served faster")
