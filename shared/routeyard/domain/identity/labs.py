"""Who makes a model, told by its name; who an organisation's or provider's name stands for.

Plain tables: a line here is a fact of the field, and needs no code beside it.
"""

from __future__ import annotations

# What a name is searched for, and the maker; the first that matches decides. Fine-tunes and
# derived families stand first: they carry the name of what they were made from.
FAMILIES: tuple[tuple[str, str], ...] = (
    (r"(?:^|-)nemotron|^nemoguard|^nvlm|^cosmos-|^parakeet|^canary-|chatqa|^megatron", "nvidia"),
    (r"(?:^|-)(?:nous-)?hermes-?\d?|^deephermes|^nous-", "nousresearch"),
    (r"(?:^|-)sonar(?:-|$)|^r1-1776|^pplx-", "perplexity"),
    (r"swallow", "tokyotech-llm"),
    (r"sea-lion", "aisingapore"),
    (r"typhoon", "scb10x"),
    (r"tulu|^olmo|^molmo", "allenai"),
    (r"^(?:mega|tiny)?dolphin", "cognitivecomputations"),
    (r"r1t\d?-|chimera", "tngtech"),
    (r"nex-n1", "nex-agi"),
    (r"euryale|lunaris|hanami|fimbulvetr|stheno", "sao10k"),
    (r"rocinante|unslopnemo|cydonia|skyfall|anubis-|valkyrie", "thedrummer"),
    (r"^magnum", "anthracite-org"),
    (r"^mythomax", "gryphe"),
    (r"^remm-|^toppy", "undi95"),
    (r"openorca|^open-orca|^openorca", "open-orca"),
    (r"^phind-", "phind"),
    (r"^goliath", "alpindale"),
    (r"^zephyr", "huggingfaceh4"),
    (r"^starling", "nexusflow"),
    (r"^athene|^nexusraven", "nexusflow"),
    (r"^openchat", "openchat"),
    (r"^vicuna|^fastchat|^longchat", "lmsys"),
    (r"^(?:wizardlm|wizardcoder|wizard-math|orca|phi|mai)(?:-|\d)|^kosmos|^tnlgv2", "microsoft"),
    (r"^llava|^bakllava", "liuhaotian"),
    (r"^sambalingo", "sambanova"),
    (r"^cerebras-gpt", "cerebras"),
    (r"^seallm", "damo"),
    (r"^jais", "inceptionai"),
    (r"^cogito", "deepcogito"),
    (r"^intellect-\d", "prime-intellect"),
    (r"^rnj-", "essentialai"),
    (r"^(?:trinity-(?:mini|nano|large)|virtuoso-|maestro-reasoning|afm-)", "arcee-ai"),
    (r"^(?:coder-large|caller-large)", "arcee-ai"),
    (r"^aion-", "aion-labs"),
    (r"^tongyi-", "qwen"),
    (r"^biomistral", "biomistral"),
    (r"^marin-", "marin-community"),
    (r"^openthaigpt", "openthaigpt"),
    (r"^sailor", "sail"),
    (r"^koala", "berkeley"),
    (r"^luminous", "aleph-alpha"),
    (r"^idefics", "huggingfacem4"),
    (r"^prometheus-vision", "kaistai"),
    (r"^(?:pathumma|openthaillm)", "nectec"),
    (r"^diva-llama", "stanford"),
    (r"^(?:ura-|gemsura|mixsura)", "ura-hcmut"),
    (r"^(?:vinallama|vietcuna|quyen)", "vilm"),
    (r"^phogpt", "vinai"),
    (r"^meditron", "epfl-llm"),
    (r"-gaia-pt", "ceia-ufg"),
    (r"^dalle-(?:mini|mega)", "craiyon"),
    (r"^(?:codegen|blip)", "salesforce"),
    (r"^(?:tucano)", "tucanobr"),
    (r"^(?:gervasio)", "portulan"),
    (r"^(?:vistral)", "viet-mistral"),
    (r"^(?:openflamingo)", "openflamingo"),
    (r"^(?:teenytinyllama)", "nicholaskluge"),
    (r"^bode-", "recogna-nlp"),
    (r"^cabrita", "22h"),
    # Makers of base models.
    (r"^claude|^(?:opus|sonnet|haiku)-\d", "anthropic"),
    (
        r"^(?:ft-)?(?:gpt-?oss|gpt-?\d(?!\d*b)|chatgpt|o[134](?:-|$)|davinci|babbage|curie)",
        "openai",
    ),
    (r"^gpt-(?:image|realtime|audio|chat|latest|mini)|^(?:dall-?e|whisper|tts-1|sora)", "openai"),
    (r"^text-(?:embedding-(?:3|ada)|davinci|curie|babbage|ada)|^(?:code-davinci|codex-)", "openai"),
    (r"^(?:omni-moderation|computer-use|gpt2|clip-)", "openai"),
    (r"^(?:gemini|gemma|(?:code|med|shield|embedding|function|translate|data)gemma)", "google"),
    (r"^(?:paligemma|recurrentgemma|learnlm|imagen|veo|lyria|palm|t5-|flan-t5|ul2)", "google"),
    (r"^(?:text-(?:embedding-00|multilingual-embedding|bison|unicorn)|multimodalembed)", "google"),
    (r"^(?:chat-bison|code(?:chat)?-(?:bison|gecko)|medlm|nano-banana)", "google"),
    (r"^(?:llama|meta-llama|code-?llama|opt-(?:iml-)?\d|nllb|muse-spark|bart-large)", "meta"),
    (r"^(?:mistral|mixtral|codestral|devstral|magistral|ministral|pixtral|voxtral)", "mistral"),
    (r"^(?:mathstral|mamba-codestral|open-mi[sx]tral|leanstral)", "mistral"),
    (r"^deepseek", "deepseek"),
    (r"^(?:qwen|qwq|qvq|codeqwen)", "qwen"),
    (r"^grok", "xai"),
    (r"^(?:command-|embed-(?:english|multilingual|v)|rerank-|c4ai-|aya(?:-|$))", "cohere"),
    (r"^command$|^tiny-aya|^north-mini", "cohere"),
    (r"^(?:titan-|nova-(?:2-)?(?:micro|lite|pro|premier|sonic|canvas|reel|omni|act))", "amazon"),
    (r"^nova-(?:2-)?(?:multimodal|experimental)", "amazon"),
    (r"^(?:glm|chatglm|codegeex|cogview|cogvideo|autoglm)", "zai"),
    (r"^(?:kimi|moonshot-|moonlight)", "moonshotai"),
    (r"^(?:minimax|m2-her|hailuo|abab)", "minimax"),
    (r"^(?:jamba|ai21-|j[12]-)", "ai21"),
    (r"^(?:ernie|qianfan|cobuddy)", "baidu"),
    (r"^(?:doubao|seed-|seedream|seedance|ui-tars|skylark)", "bytedance"),
    (r"^(?:hunyuan|hy3|hy-)", "tencent"),
    (r"^(?:mimo-)", "xiaomi"),
    (r"^(?:step-\d|step3|stepfun-\d|step-audio)", "stepfun"),
    (r"^(?:ring|ling)-(?:\d|mini|flash|lite|plus)", "inclusionai"),
    (r"^(?:granite)", "ibm"),
    (r"^(?:lfm)", "liquid"),
    (r"^(?:mercury)", "inception"),
    (r"^(?:palmyra|silk-road)", "writer"),
    (r"^(?:reka-)", "rekaai"),
    (r"^(?:inflection-)", "inflection"),
    (r"^(?:solar-)", "upstage"),
    (r"^(?:yi-)", "01-ai"),
    (r"^(?:falcon)", "tiiuae"),
    (r"^(?:dbrx|dolly)", "databricks"),
    (r"^(?:snowflake-arctic|arctic-)", "snowflake"),
    (r"^(?:exaone)", "lgai-exaone"),
    (r"^(?:internlm|internvl|intern-s)", "internlm"),
    (r"^(?:minicpm)", "openbmb"),
    (r"^(?:baichuan)", "baichuan-inc"),
    (r"^(?:kat-)", "kwaipilot"),
    (r"^(?:laguna-)", "poolside"),
    (r"^(?:longcat)", "meituan"),
    (r"^(?:morph-v)", "morph"),
    (r"^(?:relace-)", "relace"),
    (r"^(?:v0-\d)", "vercel"),
    (r"^(?:sarvam-)", "sarvam"),
    (r"^(?:fugu)", "sakana"),
    (r"^(?:ornith-)", "deepreinforce"),
    (r"^(?:apertus)", "swiss-ai"),
    (r"^(?:eurollm)", "utter-project"),
    (r"^(?:bielik)", "speakleash"),
    (r"^(?:apriel)", "servicenow-ai"),
    (r"^(?:starcoder|santacoder)", "bigcode"),
    (r"^(?:bloom|t0pp)", "bigscience"),
    (r"^(?:mpt-)", "mosaicml"),
    (r"^(?:pythia|gpt-j|gpt-neox-20b)", "eleutherai"),
    (r"^(?:redpajama|gpt-jt|gpt-neoxt)", "togetherai"),
    (r"^(?:alpaca)", "stanford"),
    (r"^(?:flux)", "black-forest-labs"),
    (r"^(?:stable-|sd3|sdxl|stablelm|stable_|sd-turbo)", "stability"),
    (r"^(?:recraft)", "recraft"),
    (r"^(?:ideogram)", "ideogram"),
    (r"^(?:bge-)", "baai"),
    (r"^(?:nomic-embed)", "nomic-ai"),
    (r"^(?:mxbai-)", "mixedbread-ai"),
    (r"^(?:jina-)", "jinaai"),
    (r"^(?:voyage-)", "voyageai"),
    (r"^(?:smollm|smolvlm)", "huggingfacetb"),
    (r"^(?:acegpt)", "freedomintelligence"),
    (r"^(?:allam-)", "allam-ai"),
    (r"^(?:silma-)", "silma-ai"),
    (r"^(?:sabia)", "maritaca-ai"),
    (r"^(?:yalm)", "yandex"),
    (r"^(?:marengo|pegasus)-", "twelvelabs"),
)

# Other names of a maker, as organisations write themselves and as providers are called.
LAB_ALIASES: dict[str, str] = {
    "01ai": "01-ai",
    "ai21-labs": "ai21",
    "ai21labs": "ai21",
    "aionlabs": "aion-labs",
    "alibaba": "qwen",
    "alibaba-cn": "qwen",
    "alibaba-coding-plan": "qwen",
    "alibaba-coding-plan-cn": "qwen",
    "allen-ai": "allenai",
    "allen-institute-for-ai": "allenai",
    "amazon-bedrock": "amazon",
    "arcee": "arcee-ai",
    "aws": "amazon",
    "azure": "openai",
    "azure-cognitive-services": "openai",
    "azure-openai": "openai",
    "bedrock": "amazon",
    "bytedance-seed": "bytedance",
    "cohereforai": "cohere",
    "coherelabs": "cohere",
    "deepseek-ai": "deepseek",
    "deepmind": "google",
    "fireworks": "fireworks-ai",
    "gemini": "google",
    "google-ai-studio": "google",
    "google-vertex": "google",
    "google-vertex-ai": "google",
    "ibm-granite": "ibm",
    "inflectionai": "inflection",
    "liquidai": "liquid",
    "llama": "meta",
    "meta-llama": "meta",
    "minimax-cn": "minimax",
    "minimaxai": "minimax",
    "mistral-ai": "mistral",
    "mistralai": "mistral",
    "moonshot": "moonshotai",
    "moonshotai-cn": "moonshotai",
    "moonshot-ai": "moonshotai",
    "nova": "amazon",
    "primeintellect": "prime-intellect",
    "qwencloud": "qwen",
    "reka": "rekaai",
    "sarvamai": "sarvam",
    "stabilityai": "stability",
    "stability-ai": "stability",
    "stepfun-ai": "stepfun",
    "tencent-hunyuan": "tencent",
    "thudm": "zai",
    "together": "togetherai",
    "together-ai": "togetherai",
    "vertex-ai": "google",
    "x-ai": "xai",
    "xai-org": "xai",
    "xiaomimimo": "xiaomi",
    "z-ai": "zai",
    "z.ai": "zai",
    "zai-org": "zai",
    "zero-one-ai": "01-ai",
    "zhipuai": "zai",
    "zhipu": "zai",
}

# Who serves models and makes none of its own: such a word in a path says nothing of the maker.
HOSTS: frozenset[str] = frozenset(
    """
    302ai @cf @hf abacus accounts aiand aihubmix aiml alicloud amazon amazon-bedrock anyapi
    anyscale aws aws-bedrock azure azure-ai azure-openai azure_ai bartowski baseten bedrock
    bedrock-mantle bedrock_mantle cerebras chat-completion chutes clf-ai-gateway cloudflare
    coding completion cortecs crusoe darkbloom dashscope databricks deepinfra digitalocean
    drun duo-chat eu fal-ai fal_ai fireworks fireworks-ai fireworks_ai foundation-model
    friendli friendliai github github-copilot github_copilot global global-standard gmi
    google-ai-studio google-vertex gradient-ai gradient_ai groq helicone heroku hf huggingface
    huggyllama hyperbolic inference-profile inferenceapis jiekou kilo kyma lambda lambda-ai
    lambda_ai libertai litellm llmgateway lmstudio lmstudio-community mlx-community models
    nace nano-gpt nebius neuralmagic nim nousresearch-mirror novita novita-ai nscale
    nvidia-nim nvidia_nim oci ollama openai-compatible opencode openrouter orcarouter ovhcloud
    perplexity-agent poe pro public publicai publishers replicate requesty route routers
    sagemaker sambanova scaleway siliconflow snowflake snowflake-cortex stanford-healthcare
    stanfordhealthcare streamlake synthetic tee tensormesh thebloke together together-ai
    together_ai togetherai togethercomputer umans unsloth us vercel vercel-ai-gateway
    vercel_ai_gateway vertex vertex-ai vertex_ai volcengine wandb watsonx workers-ai zenmux
    zerogpu
    """.split()  # noqa: SIM905  one word a line would hide the table
)

# Words of an address that name nobody.
STRUCTURE: frozenset[str] = frozenset(
    """
    @cf @hf accounts chat-completion coding completion eu foundation-model global
    global-standard hf inference-profile models openai-compatible pro public publishers
    routers tee us
    """.split()  # noqa: SIM905  one word a line would hide the table
)

# Words in front of a family's name that say how it is offered, or who is behind it.
OFFERS: frozenset[str] = frozenset({"alicloud", "arcee", "c4ai", "coding", "deep", "fw"})
