"""OpenAI's SDK, LangChain, `llm` and Ollama's client."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile

import ollama
import openai
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

BASE, WANTED = sys.argv[1], "Hello from upstream."
HOST = BASE.removesuffix("/v1")
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TOOL = {"type": "function", "function": {"name": "weather", "description": "Weather of a city", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}


def check(name, found, wanted=WANTED):
    assert found == wanted, f"{name}: {found!r} is not {wanted!r}"
    print("ok", name)


def ask(text):
    return [{"role": "user", "content": text}]


def openai_sync():
    client = openai.OpenAI(base_url=BASE, api_key="any", max_retries=0)
    check("openai models", [model.id for model in client.models.list()], ["qwen-plus"])
    for prompt in ["hi", "cut"]:
        whole = client.chat.completions.create(model="qwen-plus", messages=ask(prompt))
        check(f"openai chat, {prompt}", whole.choices[0].message.content)
        stream = client.chat.completions.create(
            model="qwen-plus", messages=ask(prompt), stream=True, stream_options={"include_usage": True})
        chunks = list(stream)
        check(f"openai stream, {prompt}", "".join(c.choices[0].delta.content or "" for c in chunks if c.choices))
        assert chunks[-1].usage.total_tokens > 0
    assert whole.usage.completion_tokens > 0
    called = client.chat.completions.create(model="qwen-plus", messages=ask("tool"), tools=[TOOL])
    call = called.choices[0].message.tool_calls[0]
    check("openai tool call", (call.function.name, call.function.arguments), ("weather", '{"city": "Hangzhou"}'))
    check("openai finish of a call", called.choices[0].finish_reason, "tool_calls")
    answer = client.chat.completions.create(model="qwen-plus", tools=[TOOL], messages=[
        *ask("tool"), called.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "sunny"}])
    check("openai result of a call", answer.choices[0].message.content, "The tool says sunny")
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    seen = client.chat.completions.create(model="qwen-plus", messages=[
        {"role": "user", "content": [{"type": "text", "text": "what is this?"}, image]}])
    check("openai image", seen.choices[0].message.content, "1 image")
    vectors = client.embeddings.create(model="text-embedding-v4", input=["a", "b"])
    check("openai embeddings", [item.embedding for item in vectors.data], [[0.0, 0.5], [1.0, 0.5]])
    check("openai completion", client.completions.create(model="qwen-plus", prompt="hi").choices[0].text)
    try:
        client.chat.completions.create(model="qwen-plus", messages=ask("refuse"))
    except openai.BadRequestError as error:
        check("openai error", (error.status_code, error.code), (400, "invalid_parameter_error"))
    else:
        raise AssertionError("no error")


async def openai_async():
    client = openai.AsyncOpenAI(base_url=BASE, api_key="any", max_retries=0)
    whole = await client.chat.completions.create(model="qwen-plus", messages=ask("cut"))
    check("openai async", whole.choices[0].message.content)
    stream = await client.chat.completions.create(model="qwen-plus", messages=ask("cut"), stream=True)
    check("openai async stream", "".join([c.choices[0].delta.content or "" async for c in stream]))


def langchain():
    model = ChatOpenAI(base_url=BASE, api_key="any", model="qwen-plus")
    check("langchain invoke", model.invoke([HumanMessage("hi")]).content)
    check("langchain stream", "".join(part.content for part in model.stream("cut")))
    called = model.bind_tools([TOOL]).invoke("tool")
    check("langchain tool", [(c["name"], c["args"]) for c in called.tool_calls], [("weather", {"city": "Hangzhou"})])
    vectors = OpenAIEmbeddings(base_url=BASE, api_key="any", model="text-embedding-v4", check_embedding_ctx_length=False)
    check("langchain embeddings", vectors.embed_documents(["a", "b"]), [[0.0, 0.5], [1.0, 0.5]])


def llm_command():
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(sys.argv[2], folder)
        env = {**os.environ, "LLM_USER_PATH": folder, "OPENAI_API_KEY": "any"}
        llm = os.path.join(os.path.dirname(sys.executable), "llm")
        for extra in [[], ["--no-stream"]]:
            run = subprocess.run([llm, "-m", "qwen", *extra, "hi"], env=env, capture_output=True, text=True, check=False)
            assert run.returncode == 0, run.stderr
            check(f"llm {extra}", run.stdout.strip())


def ollama_client():
    client = ollama.Client(host=HOST)
    check("ollama list", [model.model for model in client.list().models], ["qwen-plus"])
    check("ollama chat", client.chat(model="qwen-plus", messages=ask("hi")).message.content)
    stream = client.chat(model="qwen-plus:latest", messages=ask("cut"), stream=True)
    check("ollama stream", "".join(part.message.content for part in stream))
    check("ollama generate", client.generate(model="qwen-plus", prompt="hi").response)
    called = client.chat(model="qwen-plus", messages=ask("tool"), tools=[TOOL])
    check("ollama tool", called.message.tool_calls[0].function.arguments, {"city": "Hangzhou"})
    check("ollama embed", client.embed(model="text-embedding-v4", input=["a", "b"]).embeddings, [[0.0, 0.5], [1.0, 0.5]])
    assert "completion" in client.show("qwen-plus").capabilities
    try:
        client.chat(model="qwen-plus", messages=ask("refuse"))
    except ollama.ResponseError as error:
        check("ollama error", (error.status_code, error.error), (400, "refused as asked"))
    else:
        raise AssertionError("no error")


openai_sync()
asyncio.run(openai_async())
langchain()
llm_command()
ollama_client()
