"""How long LiteLLM's router takes to pick a deployment; `.bench/bin/python` runs it.

It prints the median in microseconds: 2,500 deployments in groups of five, asked for one group after
the other, as its proxy asks before each call.
"""

import asyncio
import statistics
import time

from litellm import Router  # type: ignore[import-not-found]  # of `make bench-env`

DEPLOYMENTS, GROUP, SAMPLES = 2_500, 5, 2_000


async def median_us() -> float:
    """The median of the picks."""
    router = Router(
        model_list=[
            {
                "model_name": f"group-{number // GROUP}",
                "litellm_params": {
                    "model": f"openai/model-{number}",
                    "api_key": "none",
                    "api_base": "http://127.0.0.1:9/v1",
                },
            }
            for number in range(DEPLOYMENTS)
        ]
    )
    messages = [{"role": "user", "content": "Hello"}]
    took = []
    for number in range(SAMPLES):
        started = time.perf_counter()
        await router.async_get_available_deployment(
            model=f"group-{number % (DEPLOYMENTS // GROUP)}", messages=messages, request_kwargs={}
        )
        took.append((time.perf_counter() - started) * 1e6)
    return statistics.median(took[100:])


if __name__ == "__main__":
    print(round(asyncio.run(median_us()), 1))  # noqa: T201 - what it is for
