"""The calls of LlamaIndex that people know from its integrations, whole, streamed, and asynchronous."""

import asyncio
import sys

from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike

BASE, WANTED = sys.argv[1], "Hello from upstream."


def check(name, text):
    assert text == WANTED, f"{name}: {text!r}"
    print("ok", name)


def messages(text):
    return [ChatMessage(role="system", content="Be short."), ChatMessage(role="user", content=text)]


async def gathered(stream):
    return "".join([part.delta or "" async for part in await stream])


async def main(is_chat):
    llm = OpenAILike(model="qwen-plus", api_base=BASE, api_key="any", is_chat_model=is_chat, context_window=32768)
    kind = "chat model" if is_chat else "completion model"
    # The second prompt has its answer cut upstream: what LlamaIndex sees is whole.
    for prompt in ["hi", "cut"]:
        check(f"{kind}, chat, {prompt}", llm.chat(messages(prompt)).message.content)
        check(f"{kind}, stream_chat, {prompt}", "".join(part.delta or "" for part in llm.stream_chat(messages(prompt))))
        check(f"{kind}, complete, {prompt}", llm.complete(prompt).text)
        check(f"{kind}, stream_complete, {prompt}", "".join(part.delta or "" for part in llm.stream_complete(prompt)))
        check(f"{kind}, achat, {prompt}", (await llm.achat(messages(prompt))).message.content)
        check(f"{kind}, astream_chat, {prompt}", await gathered(llm.astream_chat(messages(prompt))))
        check(f"{kind}, acomplete, {prompt}", (await llm.acomplete(prompt)).text)
        check(f"{kind}, astream_complete, {prompt}", await gathered(llm.astream_complete(prompt)))


for is_chat in [True, False]:
    asyncio.run(main(is_chat))
